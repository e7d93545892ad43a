// What a page adds when scripts run: search, copying, a country lit everywhere, the slider of days.
// A classic script, since a page of a folder may load no module; it asks nothing of any net and keeps nothing.
(function () {
  "use strict";
  function all(selector, inside) { return Array.prototype.slice.call((inside || document).querySelectorAll(selector)); }
  function plain(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }

  // search: every word, without accents, at the beginning of a word of the page's title or text
  var form = document.querySelector(".search");
  var found = document.querySelector(".found");
  if (form && window.lineabaseSearch) {
    form.hidden = false;
    var entries = window.lineabaseSearch.map(function (e) {
      return { title: e[0], file: e[1], about: e[2], text: " " + plain([e[0], e[3], e[2]].join(" ")).replace(/[^a-z0-9_]+/g, " ") };
    });
    var look = function () {
      var words = plain(document.getElementById("search").value).split(/[^a-z0-9_]+/).filter(Boolean);
      var hits = words.length ? entries.filter(function (e) {
        return words.every(function (w) { return e.text.indexOf(" " + w) >= 0; });
      }) : [];
      var first = function (e) { return words.every(function (w) { return (" " + plain(e.title)).indexOf(" " + w) >= 0; }) ? 0 : 1; };
      hits.sort(function (a, b) { return first(a) - first(b); });
      found.hidden = !words.length;
      var count = document.getElementById("found-count");
      count.textContent = hits.length ? count.dataset.some.replace("#", hits.length) : count.dataset.none;
      var list = found.querySelector("ul");
      list.textContent = "";
      hits.slice(0, 12).forEach(function (hit) {
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

  // copying
  all("button.copy").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var from = document.getElementById(button.dataset.copy);
      var area = document.createElement("textarea");
      area.value = from.innerText;
      area.setAttribute("aria-hidden", "true");
      document.body.appendChild(area);
      area.select();
      document.execCommand("copy"); // the clipboard of newer pages is closed to those of a folder
      document.body.removeChild(area);
      button.focus();
      button.textContent = button.dataset.done;
    });
  });

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
