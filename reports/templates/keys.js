// What the keyboard does, beyond what a browser does by itself.

const KEYS = [
  ["/", "search"],
  ["?", "this help"],
  ["o  s  r", "overview, scenarios, requirements"],
  ["j  k", "next and previous row, or scenario"],
  ["n  p", "next and previous failure"],
  ["m", "first message of the scenario"],
  ["t", "light, dark, or as the system has it"],
  ["↑ ↓ ← →", "in a tree of fields: walk, fold and unfold"],
  ["Esc", "close, or leave the search field"],
];

function showHelp() {
  const dialog = $("#help");
  dialog.replaceChildren(
    h("h2", { id: "help-title" }, "Keys"),
    h(
      "dl",
      {},
      KEYS.map(([keys, does]) => [
        h(
          "dt",
          {},
          keys.split("  ").map((key) => [h("kbd", {}, key), " "]),
        ),
        h("dd", {}, does),
      ]),
    ),
    h("form", { method: "dialog" }, h("button", {}, "Close")),
  );
  if (!dialog.open) dialog.showModal();
}

const THEMES = ["", "light", "dark"];
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const button = $("#theme");
  if (button) button.textContent = theme ? theme[0].toUpperCase() + theme.slice(1) : "Auto";
  try {
    theme ? localStorage.setItem("ikevet-theme", theme) : localStorage.removeItem("ikevet-theme");
  } catch (refused) {
    /* not kept then */
  }
}
function nextTheme() {
  const now = document.documentElement.dataset.theme || "";
  const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
  setTheme(next);
  say("Theme: " + (next || "as the system has it"));
}
function firstTheme() {
  let kept = "";
  try {
    kept = localStorage.getItem("ikevet-theme") || "";
  } catch (refused) {
    /* a browser may not keep anything for files */
  }
  return THEMES.includes(kept) ? kept : "";
}

/** j and k: rows of a list, else neighbours of the scenario at hand. */
function step(by) {
  const rows = $$("main .row, main .card .req");
  if (current.id !== undefined) {
    const { before, after } = neighbours(report.byId.get(current.id));
    const next = by > 0 ? after : before;
    if (next) location.hash = scenarioAddress(next);
    return;
  }
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
  if (next) {
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }
}

function stepFailure(by) {
  const failed = report.scenarios.filter((one) => isFailure(one) || brokenRules(one));
  if (failed.length === 0) {
    say("There is no failure");
    return;
  }
  const here = current.id === undefined ? -1 : report.byId.get(current.id).number;
  const next =
    by > 0
      ? failed.find((one) => one.number > here) || failed[0]
      : failed.filter((one) => one.number < here || here < 0).pop() || failed[failed.length - 1];
  location.hash = scenarioAddress(next);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "Escape" && typing) {
    event.target.blur();
    return;
  }
  if (event.key === "Escape" && current.select) {
    current.select(null, false);
    return;
  }
  if (typing || ($("#help").open && event.key !== "?")) return;
  const does = {
    "/": () => ($("main input[type=search]") || $("#find"))?.focus(),
    "?": showHelp,
    t: nextTheme,
    o: () => {
      location.hash = "#/";
    },
    s: () => {
      location.hash = "#/scenarios";
    },
    r: () => {
      location.hash = "#/requirements";
    },
    j: () => step(1),
    k: () => step(-1),
    n: () => stepFailure(1),
    p: () => stepFailure(-1),
    m: () => $("main .lad-packet[href]")?.focus(),
  };
  if (!does[event.key]) return;
  event.preventDefault();
  does[event.key]();
}
