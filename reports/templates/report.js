(function () {
  "use strict";
  // Filters: a text and any number of statuses for each list.
  document.querySelectorAll(".filter").forEach(function (bar) {
    var items = document.querySelectorAll("." + bar.dataset.for);
    var input = bar.querySelector("input");
    var chosen = new Set();
    function apply() {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      items.forEach(function (item) {
        var text = item.dataset.text.toLowerCase();
        var shown = (chosen.size === 0 || chosen.has(item.dataset.status)) &&
          words.every(function (word) { return text.indexOf(word) >= 0; });
        item.classList.toggle("hidden", !shown);
      });
    }
    input.addEventListener("input", apply);
    bar.querySelectorAll("button").forEach(function (button) {
      button.addEventListener("click", function () {
        var status = button.dataset.status;
        if (chosen.has(status)) chosen.delete(status); else chosen.add(status);
        button.classList.toggle("on", chosen.has(status));
        apply();
      });
    });
  });
  // A link into a folded scenario or message unfolds it.
  function unfold() {
    var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    target.classList.remove("hidden");
    for (var node = target; node; node = node.parentElement)
      if (node.tagName === "DETAILS") node.open = true;
    target.scrollIntoView();
  }
  window.addEventListener("hashchange", unfold);
  unfold();
})();
