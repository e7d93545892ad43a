// Announces how a refresh goes on, in the page's live region, and opens its result when it has ended.
// It asks this page's own server alone. Without it the link "look again" does the same.
(() => {
  const region = document.getElementById("progress");
  const announced = region.querySelector(".progress");
  const look = async () => {
    try {
      const answer = await fetch("/release/progress", { headers: { accept: "application/json" } });
      const standing = await answer.json();
      announced.textContent = standing.sentence;
      if (!standing.is_at_work) {
        setTimeout(() => location.replace("/release"), 1500);
        return;
      }
    } catch {
      // the server or the session is gone: the link stays
    }
    setTimeout(look, 3000);
  };
  setTimeout(look, 3000);
})();
