// From the address to the page.

const printing = document.documentElement.classList.contains("print");
/** The scenario on show: {id, select(message)}; empty elsewhere. */
let current = {};
/** The list that the reader walks through. */
const walk = { list: null };
let turn = 0;

function tabs() {
  const fixed = [
    ["#/", "Overview"],
    ["#/scenarios", "Scenarios"],
    ["#/requirements", "Requirements"],
  ];
  return [...fixed, ...report.sections.map(([slug, title]) => ["#/x/" + slug, title]), ["#/run", "This run"]];
}

function drawBar() {
  const go = (event) => {
    event.preventDefault();
    location.hash = listAddress("scenarios", { q: $("#find").value });
    $("#find").value = "";
  };
  $("#bar").replaceChildren(
    h("a", { class: "brand", href: "#/" }, h("b", {}, "ikevet"), h("span", {}, report.run.device)),
    h(
      "nav",
      { "aria-label": "Pages" },
      tabs().map(([address, title]) => h("a", { href: address }, title)),
    ),
    h(
      "form",
      { class: "find", role: "search", on: { submit: go } },
      h("input", {
        id: "find",
        type: "search",
        placeholder: "Find a scenario   /",
        "aria-label": "Find a scenario",
        autocomplete: "off",
        spellcheck: "false",
      }),
    ),
    h("button", {
      id: "theme",
      type: "button",
      class: "quiet",
      title: "Light, dark, or as the system has it (t)",
      "aria-label": "Theme",
      on: { click: nextTheme },
    }),
    h(
      "button",
      { type: "button", class: "quiet", title: "Keys (?)", "aria-label": "Keys", on: { click: showHelp } },
      "?",
    ),
  );
  setTheme(firstTheme());
}

/** The page for an address: content, or a promise of it. */
function pageFor(path, query) {
  const [kind, ...rest] = path.split("/");
  const id = decodeURIComponent(rest.join("/"));
  switch (kind) {
    case "":
      return drawOverview();
    case "scenarios":
      return drawScenarios(query);
    case "requirements":
      return drawRequirements(query);
    case "s":
      return drawScenario(id, query);
    case "r":
      return drawRequirement(id);
    case "run":
      return drawRun();
    case "x":
      return report.sections.some(([slug]) => slug === id) ? whenThere(json("x-" + id), drawSection) : null;
  }
  return null;
}

function show(content, path, moveFocus) {
  const main = $("#main");
  fill(main, {}, []).replaceChildren();
  fill(main, { class: "page-" + (path.split("/")[0] || "overview") }, [
    content || [h("h1", {}, "No such page"), h("p", {}, h("a", { href: "#/" }, "To the overview"))],
  ]);
  const title = $("h1", main)?.textContent;
  document.title = (title && path && title !== report.run.device ? title + " · " : "") + report.run.device + " · IKEv2 conformance";
  for (const link of $$("#bar nav a")) {
    const own = link.getAttribute("href").slice(2);
    const here = own === path || own === { s: "scenarios", r: "requirements" }[path.split("/")[0]];
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  if (moveFocus) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
  document.documentElement.dataset.ready = path || "overview";
}

function explain(error) {
  const old = typeof DecompressionStream === "undefined";
  $("#main").prepend(
    h(
      "p",
      { class: "callout bad" },
      old
        ? "This browser is too old to unpack the report's data (it lacks DecompressionStream, which browsers have had since 2023). The verdicts stand in report.md and report.json too."
        : "This part of the report cannot be read: " + error.message,
    ),
  );
  document.documentElement.dataset.ready = "failed";
}

function route(moveFocus) {
  const [path, search] = (location.hash.replace(/^#\/?/, "") || "").split("?");
  const query = new URLSearchParams(search || "");
  const mine = ++turn;
  try {
    // Another message of the same scenario: the page stays where it is.
    if (
      path.startsWith("s/") &&
      current.id === decodeURIComponent(path.slice(2)) &&
      current.select &&
      (query.has("m") || query.has("frame"))
    ) {
      current.select(query.has("m") ? { m: Number(query.get("m")) } : { frame: Number(query.get("frame")) }, true);
      return;
    }
    current = {};
    document.documentElement.removeAttribute("data-ready");
    const content = pageFor(path, query);
    const after = (there) => {
      if (mine !== turn) return; // the reader has gone on
      show(there, path, moveFocus);
      if (query.has("m") && current.select) current.select({ m: Number(query.get("m")) }, true);
      else if (query.has("frame") && current.select) $("#message")?.scrollIntoView({ block: "nearest" });
    };
    content instanceof Promise ? content.then(after).catch(explain) : after(content);
  } catch (error) {
    explain(error);
  }
}

function begin(index) {
  readIndex(index);
  if (printing) {
    show(drawDocument(), "document", false);
    return;
  }
  drawBar();
  addEventListener("hashchange", () => route(true));
  addEventListener("keydown", onKey);
  route(false);
}

try {
  const index = json("index");
  index instanceof Promise ? index.then(begin).catch(explain) : begin(index);
} catch (error) {
  explain(error);
}
