// What a page adds when scripts run: search, copying, choices, a country lit everywhere, the slider of days.
// A classic script, since a page of a folder may load no module; it asks nothing of any net and keeps nothing.
(function () {
  "use strict";
  function all(selector, inside) { return Array.prototype.slice.call((inside || document).querySelectorAll(selector)); }
  function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }

  // search: every word of the question must be met by a word of a page: by its beginning, its stem, a word of about the
  // same meaning, or, where nothing else is, by a word that is one or two letters away
  var form = document.querySelector(".search");
  var found = document.querySelector(".found");
  function stem(word) {
    if (word.length < 5) { return word; }
    return word.replace(/(?:mente|ciones|cion|ings?|tions?)$/, "").replace(/(?:es|s|ed)$/, "").replace(/[aeo]$/, "");
  }
  function wordsOf(text) { return plain(text).split(/[^a-z0-9_]+/).filter(Boolean); }
  function distance(a, b, most) {
    if (Math.abs(a.length - b.length) > most) { return most + 1; }
    var before = [], row = [], i, j;
    for (j = 0; j <= b.length; j += 1) { row[j] = j; }
    for (i = 1; i <= a.length; i += 1) {
      var above = row;
      row = [i];
      for (j = 1; j <= b.length; j += 1) {
        row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) { row[j] = Math.min(row[j], before[j - 2] + 1); }
      }
      before = above;
    }
    return row[b.length];
  }
  if (form && window.lineabaseSearch) {
    form.hidden = false;
    var like = {};
    window.lineabaseSynonyms.forEach(function (group) {
      var stems = group.map(function (word) { return stem(plain(word)); });
      stems.forEach(function (one) { like[one] = (like[one] || []).concat(stems); });
    });
    var vocabulary = {};
    var entries = window.lineabaseSearch.map(function (e) {
      var title = wordsOf(e[0]), every = title.concat(wordsOf(e[3] + " " + e[2]));
      every.forEach(function (word) { vocabulary[stem(word)] = true; });
      return { title: e[0], file: e[1], about: e[2], first: title, words: every, stems: every.map(stem) };
    });
    Object.keys(like).forEach(function (word) { vocabulary[word] = true; });
    var known = Object.keys(vocabulary);
    var meets = function (list, stems, forms) {
      return forms.raw.some(function (word) { return list.some(function (one) { return one.indexOf(word) === 0; }); }) ||
        forms.stems.some(function (word) { return stems.indexOf(word) >= 0; });
    };
    var formsOf = function (word) {
      var own = stem(word), stems = [own].concat(like[own] || []);
      if (entries.some(function (e) { return meets(e.words, e.stems, { raw: [word], stems: stems }); })) { return { raw: [word], stems: stems }; }
      var most = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
      var near = known.filter(function (one) { return distance(own, one, most) <= most; });
      near.slice().forEach(function (one) { near = near.concat(like[one] || []); });
      return { raw: [word], stems: stems.concat(near) };
    };
    var isIgnored = function (word) {
      return window.lineabaseIgnored.some(function (one) {
        return one.slice(-1) === "*" ? word.indexOf(one.slice(0, -1)) === 0 : word === one;
      });
    };

    // figures: a question that names an indicator, a country and perhaps a year gets that very figure, by the patterns of
    // `lineabase ask`. A country counts only as it is spelt, and a word that is left over gets no answer, not another's
    var fits = function (word, part) {
      return part.split("|").some(function (one) { return one.slice(-1) === "*" ? word.indexOf(one.slice(0, -1)) === 0 : word === one; });
    };
    var positionsOf = function (words, pattern, used) {
      var positions = [];
      var isWhole = pattern.every(function (part) {
        return words.some(function (word, n) { return !used[n] && positions.indexOf(n) < 0 && fits(word, part) && positions.push(n); });
      });
      return isWhole ? positions : [];
    };
    var bestOf = function (words, patterns, used) {
      return patterns.reduce(function (best, one) {
        var positions = positionsOf(words, one[1], used);
        return positions.length > best.positions.length ? { code: one[0], positions: positions } : best;
      }, { code: "", positions: [] });
    };
    var countryOf = function (words, used) {
      var best = { code: "", length: 0 };
      window.lineabaseFigures.countries.forEach(function (one) {
        for (var n = 0; n + one[1].length <= words.length; n += 1) {
          var isHere = one[1].every(function (word, i) { return !used[n + i] && words[n + i] === word; });
          if (isHere && one[1].length > best.length) { best = { code: one[0], length: one[1].length, from: n }; }
        }
      });
      for (var i = 0; i < best.length; i += 1) { used[best.from + i] = true; }
      return best.code;
    };
    var answersTo = function (words) {
      if (!window.lineabaseFigures) { return []; }
      var used = {}, country = countryOf(words, used), years = words.filter(function (word) { return /^(?:19|20)\d\d$/.test(word); });
      var best = bestOf(words, window.lineabaseFigures.indicators, used);
      if (!best.code) { best = bestOf(words, window.lineabaseFigures.subjects, used); }
      best.positions.forEach(function (n) { used[n] = true; });
      var isAll = words.every(function (word, n) { return used[n] || isIgnored(word) || years.indexOf(word) >= 0; });
      if (!country || !best.code || !isAll || years.length > 1) { return []; }
      return window.lineabaseFigures.figures.filter(function (row) {
        return row[3] === best.code + "-" + country + ".html";
      }).map(function (row) { return answerOf(row, years[0]); });
    };
    var answerOf = function (row, year) {
      var title = row[0] + ", " + row[1], gap = document.getElementById("found-count").dataset.gap;
      var figure = row[4].filter(function (one) { return !year || String(one[0]) === year; })[0];
      if (!figure) {
        var years = row[4].map(function (one) { return one[0]; }).join(", ");
        return { title: gap.replace("#", title + ", " + year).replace("@", years), file: row[3], about: "" };
      }
      return {
        title: title + ", " + figure[0] + ": " + figure[1],
        file: row[3] + "#y" + figure[0],
        about: window.lineabaseFigures.notes[figure[2]] + " " + document.getElementById("found-count").dataset.release
      };
    };
    // the figures are loaded at the first question, since most pages are read without one
    var load = function () {
      form.removeEventListener("focusin", load);
      form.removeEventListener("input", load);
      var script = document.createElement("script");
      script.src = document.querySelector('script[src*="search."]').getAttribute("src").replace("search.", "figures.");
      script.addEventListener("load", function () { look(); });
      document.body.appendChild(script);
    };
    form.addEventListener("focusin", load);
    form.addEventListener("input", load);

    var look = function () {
      var words = wordsOf(document.getElementById("search").value);
      var asked = words.filter(function (word) { return !isIgnored(word); });
      var forms = (asked.length ? asked : words).map(formsOf);
      var hits = forms.length ? entries.filter(function (e) {
        return forms.every(function (one) { return meets(e.words, e.stems, one); });
      }) : [];
      var rank = function (e) {
        var stems = e.first.map(stem);
        return forms.reduce(function (sum, one) {
          return sum + (meets(e.first, stems, { raw: one.raw, stems: [stem(one.raw[0])] }) ? 0 : meets(e.first, stems, one) ? 1 : 2);
        }, 0);
      };
      hits = hits.map(function (hit, n) { return { hit: hit, rank: rank(hit), n: n }; });
      var answers = answersTo(words);
      hits.sort(function (a, b) { return a.rank - b.rank || a.hit.first.length - b.hit.first.length || a.n - b.n; });
      found.hidden = !forms.length;
      var count = document.getElementById("found-count");
      count.textContent = hits.length + answers.length ? count.dataset.some.replace("#", hits.length + answers.length) : count.dataset.none;
      var list = found.querySelector("ul");
      list.textContent = "";
      answers.concat(hits.slice(0, 12).map(function (ranked) { return ranked.hit; })).forEach(function (hit) {
        var item = document.createElement("li"), link = document.createElement("a"), more = document.createElement("small");
        link.href = found.dataset.here + hit.file;
        link.textContent = hit.title;
        more.textContent = hit.about;
        item.appendChild(link);
        item.appendChild(more);
        list.appendChild(item);
      });
    };
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var link = found.querySelector("a");
      if (link) { link.focus(); }
    });
    form.addEventListener("input", look);
  }

  // the menu is open where there is room, and without scripts
  var menu = document.querySelector("details.menu");
  if (window.matchMedia("(max-width: 48.75rem)").matches) { menu.open = false; }
  menu.dataset.ready = "yes";

  // what is wider than the screen says so, in words beside its shadow
  all(".scroll").forEach(function (box) {
    var hint = document.createElement("p");
    hint.className = "slide";
    hint.textContent = document.body.dataset.slide;
    box.parentNode.insertBefore(hint, box);
    var look = function () { hint.hidden = box.scrollWidth <= box.clientWidth + 1; };
    window.addEventListener("resize", look);
    look();
  });

  // copying: a text of the page, or a picture as the code that draws it anywhere
  function pictureOf(name) {
    var place = document.querySelector('[data-png="' + name + '"]').closest("figure");
    return place.querySelector(".wide svg") || place.querySelector("svg");
  }
  function codeOf(svg) {
    var copy = svg.cloneNode(true), box = svg.viewBox.baseVal;
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    copy.removeAttribute("tabindex");
    all("[data-tip]", copy).forEach(function (mark) {
      var title = document.createElementNS(svg.namespaceURI, "title");
      title.textContent = mark.dataset.tip;
      mark.removeAttribute("data-tip");
      mark.insertBefore(title, mark.firstChild);
    });
    return new XMLSerializer().serializeToString(copy);
  }
  all("button.copy").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var name = button.dataset.copyPicture, from = document.getElementById(button.dataset.copy);
      var area = document.createElement("textarea");
      area.value = name ? codeOf(pictureOf(name)) : from.innerText;
      area.setAttribute("aria-hidden", "true");
      document.body.appendChild(area);
      area.select();
      document.execCommand("copy"); // the clipboard of newer pages is closed to those of a folder
      document.body.removeChild(area);
      button.focus();
      button.textContent = button.dataset.done;
    });
  });

  // a picture as PNG, drawn here at twice its size
  all("button.png").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var svg = pictureOf(button.dataset.png), box = svg.viewBox.baseVal, image = new Image();
      image.onload = function () {
        var canvas = document.createElement("canvas"), link = document.createElement("a");
        canvas.width = 2 * box.width;
        canvas.height = 2 * box.height;
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        link.href = canvas.toDataURL("image/png");
        link.download = button.dataset.png + ".png";
        link.click();
      };
      image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(codeOf(svg));
    });
  });

  // the value of a mark: under the pointer, at a touch, and by the arrow keys
  var tip = document.querySelector(".tip");
  function showTip(mark) {
    all(".here").forEach(function (other) { other.classList.remove("here"); });
    tip.hidden = !mark;
    if (!mark) { return; }
    var at = mark.getBoundingClientRect();
    tip.textContent = mark.dataset.tip;
    mark.classList.add("here");
    var left = at.left + at.width / 2 - tip.offsetWidth / 2;
    tip.style.left = Math.max(4, Math.min(left, document.documentElement.clientWidth - tip.offsetWidth - 4)) + window.scrollX + "px";
    tip.style.top = (at.top < tip.offsetHeight + 8 ? at.bottom + 6 : at.top - tip.offsetHeight - 6) + window.scrollY + "px";
  }
  function giveValues(svg) {
    all("title", svg).forEach(function (title) {
      title.parentNode.setAttribute("data-tip", title.textContent);
      title.parentNode.removeChild(title);
    });
    var marks = function () { return all("[data-tip]", svg).filter(function (mark) { return mark.getClientRects().length; }); };
    if (!svg.querySelector("[data-tip]")) { return; }
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("aria-description", document.body.dataset.marks);
    var at = -1;
    ["pointermove", "pointerdown"].forEach(function (kind) {
      svg.addEventListener(kind, function (event) { showTip(event.target.closest("[data-tip]")); });
    });
    svg.addEventListener("pointerleave", function (event) { if (event.pointerType === "mouse") { showTip(null); } });
    svg.addEventListener("keydown", function (event) {
      var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key], there = marks();
      if (event.key === "Escape") { showTip(null); }
      if (!step) { return; }
      event.preventDefault();
      at = (at + step + there.length) % there.length;
      showTip(there[at]);
    });
    svg.addEventListener("blur", function () { at = -1; showTip(null); });
  }
  all("main figure svg").forEach(giveValues);

  // what is chosen stands in the address, so that it can be sent on
  var chosen = new URLSearchParams(window.location.search);
  function keep(name, value) {
    if (value) { chosen.set(name, value); } else { chosen.delete(name); }
    var query = chosen.toString().replace(/%2C/g, ",");
    try { window.history.replaceState(null, "", window.location.pathname + (query ? "?" + query : "") + window.location.hash); } catch (error) { return; }
  }

  // choice of countries: the small plots move together, tables keep the chosen columns
  function arrange(svg, codes) {
    var cells = all("g[data-country]", svg);
    if (!cells.length) { return; }
    var place = function (cell) { return cell.getAttribute("transform").match(/[\d.]+/g).map(Number); };
    if (!svg.plan) {
      var places = cells.map(place), lines = places.map(function (p) { return p[1]; }).filter(function (y, n, ys) { return ys.indexOf(y) === n; });
      var pitch = lines.length > 1 ? (lines[lines.length - 1] - lines[0]) / (lines.length - 1) : 0;
      svg.plan = { places: places, across: places.filter(function (p) { return p[1] === lines[0]; }).length, pitch: pitch, lines: lines.length, height: svg.viewBox.baseVal.height };
    }
    var plan = svg.plan, n = 0;
    var isWhole = !codes.length || cells.every(function (cell) { return codes.indexOf(cell.dataset.country) >= 0; });
    cells.forEach(function (cell, position) {
      var isShown = isWhole || codes.indexOf(cell.dataset.country) >= 0, first = plan.places[n % plan.across];
      cell.style.display = isShown ? "" : "none";
      var to = isWhole ? plan.places[position] : [first[0], Math.floor(n / plan.across) * plan.pitch];
      cell.setAttribute("transform", "translate(" + to[0] + "," + to[1] + ")");
      n += isShown ? 1 : 0;
    });
    var empty = svg.closest("figure").querySelector(".nothing");
    if (empty) { empty.hidden = n > 0; }
    var less = isWhole ? 0 : (plan.lines - Math.max(1, Math.ceil(n / plan.across))) * plan.pitch;
    svg.querySelector(".foot").setAttribute("transform", "translate(0," + -less + ")");
    svg.setAttribute("viewBox", "0 0 " + svg.viewBox.baseVal.width + " " + (plan.height - less));
    svg.querySelector("rect").setAttribute("height", plan.height - less);
  }
  function chooseCountries(codes) {
    all("[data-choose]").forEach(function (button) { button.setAttribute("aria-pressed", codes.indexOf(button.dataset.choose) >= 0 ? "true" : "false"); });
    all("figure svg").forEach(function (svg) { arrange(svg, codes); });
    keep("countries", codes.join(","));
  }
  var codes = [];
  if (document.querySelector("[data-choose]")) {
    all(".choice:not(.codes)").forEach(function (choice) { choice.hidden = false; });
    codes = (chosen.get("countries") || "").split(",").filter(function (code) { return document.querySelector('[data-choose="' + code.replace(/[^A-Z]/g, "") + '"]'); });
    all("[data-choose]").forEach(function (button) {
      button.addEventListener("click", function () {
        var code = button.dataset.choose, at = codes.indexOf(code);
        if (at < 0) { codes.push(code); } else { codes.splice(at, 1); }
        chooseCountries(codes);
      });
    });
    if (codes.length) { chooseCountries(codes); }
  }

  // choice of a slice: the picture that was drawn for it takes the place of the other, and its files those of the other
  var figure = document.querySelector("figure[data-of]");
  if (figure) {
    var slices = all("[data-codes]", figure).map(function (link) { return { file: link.dataset.file, codes: link.dataset.codes.split(" "), title: link.textContent, link: link }; });
    var buttons = all("[data-dimension]", figure), now = slices[0], wanted = now;
    var dimensions = slices[0].link.closest("ul").dataset.dimensions.split(" ");
    var press = function () {
      buttons.forEach(function (button) {
        var at = dimensions.indexOf(button.dataset.dimension);
        button.setAttribute("aria-pressed", now.codes[at] === button.dataset.code ? "true" : "false");
      });
    };
    // the slice that has the codes asked for and most of the others that are shown; of several, the one with fewest details
    var nearest = function (asked) {
      var alike = function (slice) {
        return slice.codes.reduce(function (sum, code, n) { return sum + (asked[n] ? (asked[n] === code ? 100 : 0) : code === now.codes[n] ? 1 : 0) + (code === "_T" ? 0.1 : 0); }, 0);
      };
      return slices.reduce(function (best, slice) { return alike(slice) > alike(best) ? slice : best; });
    };
    window.lineabaseDrawn = function (file, drawn) {
      if (file !== wanted.file) { return; }
      var rename = function (text) { return text.split(figure.dataset.of).join(file); };
      ["wide", "narrow"].forEach(function (width, n) {
        var place = figure.querySelector("." + width);
        place.innerHTML = drawn[n];
        giveValues(place.querySelector("svg"));
        arrange(place.querySelector("svg"), codes);
      });
      all(".take a", figure).forEach(function (link) { link.setAttribute("href", rename(link.getAttribute("href"))); });
      all(".take button", figure).forEach(function (button) { Object.keys(button.dataset).forEach(function (key) { button.dataset[key] = rename(button.dataset[key]); }); });
      all(".take pre", figure).forEach(function (code) { code.id = rename(code.id); code.textContent = rename(code.textContent); });
      figure.dataset.of = file;
      now = wanted;
      press();
      var status = figure.querySelector("[data-shown]");
      status.textContent = status.dataset.shown.replace("#", now.title);
      buttons.forEach(function (button) { keep(button.dataset.dimension, now.codes[dimensions.indexOf(button.dataset.dimension)]); });
    };
    var show = function (slice) {
      wanted = slice;
      var script = document.createElement("script");
      script.src = slice.link.getAttribute("href").replace(/svg$/, "js");
      script.addEventListener("load", function () { document.body.removeChild(script); });
      document.body.appendChild(script);
    };
    all(".codes", figure).forEach(function (choice) { choice.hidden = false; });
    figure.querySelector(".slices").hidden = true;
    press();
    buttons.forEach(function (button) {
      button.addEventListener("click", function () {
        show(nearest(dimensions.map(function (name) { return name === button.dataset.dimension ? button.dataset.code : ""; })));
      });
    });
    if (dimensions.some(function (name) { return chosen.get(name); })) { show(nearest(dimensions.map(function (name) { return chosen.get(name) || ""; }))); }
  }

  // choice of years of a page's tables
  var years = document.querySelector("form.years");
  if (years) {
    years.hidden = false;
    ["from", "to"].forEach(function (name) { if (chosen.get(name)) { years.elements[name].value = chosen.get(name); } });
    var showYears = function () {
      var from = Number(years.elements.from.value), to = Number(years.elements.to.value);
      all("table.values tbody tr").forEach(function (row) {
        var year = Number(row.cells[0].textContent);
        row.hidden = year < from || year > to;
      });
    };
    years.addEventListener("change", function () {
      keep("from", years.elements.from.selectedIndex ? years.elements.from.value : "");
      keep("to", years.elements.to.selectedIndex ? years.elements.to.value : "");
      showYears();
    });
    showYears();
  }

  // a country lit in every frame and table
  function light(code) {
    all("[data-country]").forEach(function (place) { place.classList.toggle("lit", place.dataset.country === code); });
  }
  all("[data-country]").forEach(function (place) {
    ["mouseenter", "focusin"].forEach(function (on) { place.addEventListener(on, function () { light(place.dataset.country); }); });
    ["mouseleave", "focusout"].forEach(function (off) { place.addEventListener(off, function () { light(""); }); });
  });

  // the slider of days: what was known then
  var data = document.getElementById("vintage-data");
  if (data) {
    var known = JSON.parse(data.textContent), slider = document.getElementById("day");
    document.querySelector(".slider").hidden = false;
    slider.addEventListener("input", function () {
      var day = Number(slider.value);
      document.querySelector(".slider output").textContent = known.days[day];
      all("[data-cell]").forEach(function (cell) { cell.textContent = known.none; });
      known.spans.forEach(function (span) {
        if (span[2] <= day && day < span[3]) {
          var cell = document.querySelector('[data-cell="' + span[0] + " " + span[1] + '"]');
          if (cell) { cell.textContent = span[4]; }
        }
      });
    });
  }
})();
