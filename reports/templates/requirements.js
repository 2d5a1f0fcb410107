// Requirements: every normative statement that ikevet knows, what became of it, and which scenarios and frames say so.

function documentTable(requirements) {
  const rfcs = Array.from(new Set(requirements.map((one) => one.rfc))).sort(
    (a, b) => Number(a.slice(3)) - Number(b.slice(3)),
  );
  const line = (name, some, rfc) => {
    const d = denominator(some),
      counts = countBy(report.places, some, (one) => one.place);
    const number = (value, css) => h("td", { class: "num " + (value ? css || "" : "zero") }, value);
    return h(
      "tr",
      { class: rfc === undefined ? "sum" : null },
      h(
        "th",
        { scope: "row" },
        rfc === undefined ? name : h("a", { href: listAddress("requirements", { rfc: rfc || "other" }) }, name),
      ),
      number(d.known),
      number(d.hidden),
      number(d.testable),
      number(d.tested),
      h("td", { class: "num share" }, d.testable ? Math.floor((100 * d.tested) / d.testable) + " %" : "–"),
      counts.filter(([place]) => place !== "not observable").map(([, tone, count]) => number(count, "ink-" + tone)),
    );
  };
  return h(
    "div",
    { class: "tablebox" },
    h(
      "table",
      { class: "plain counts" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["Document", "Known", "Not observable", "Testable", "Tested", "Share"].map((title) =>
            h("th", { scope: "col" }, title),
          ),
          report.places
            .filter(([place]) => place !== "not observable")
            .map(([place]) => h("th", { scope: "col" }, place)),
        ),
      ),
      h(
        "tbody",
        {},
        rfcs.map((rfc) =>
          line(
            rfcName(rfc),
            requirements.filter((one) => one.rfc === rfc),
            rfc,
          ),
        ),
        rfcs.length > 1 ? line("All", requirements) : null,
      ),
    ),
  );
}

const denominatorText = () =>
  h(
    "p",
    { class: "prose" },
    "Testable = known − not observable. Tested = passed + failed + waived + unstable: what this run came to a conclusion on. The rest of the testable ones is not tested: " +
      "inconclusive (tried, no conclusion), unsupported (the device does not have the feature) or not run (nothing in this run touched it).",
  );

function drawRequirements(query) {
  const filters = {
    q: query.get("q") || "",
    verdict: query.get("verdict") || "",
    rfc: query.get("rfc") || "",
    section: query.get("section") || "",
    level: query.get("level") || "",
  };
  const places = new Set(filters.verdict.split(",").filter(Boolean));
  const list = h("ol", { class: "list" });
  const count = h("p", { class: "count", role: "status" });
  const side = h("aside", { class: "side" }),
    below = h("div", {});
  const fits = (one, words, without) =>
    hasAll(one.words, words) &&
    (places.size === 0 || places.has(report.places[one.place][0])) &&
    (!filters.level || one.level === filters.level) &&
    (without === "rfc" ||
      ((!filters.rfc || (one.rfc || "other") === filters.rfc) &&
        (!filters.section || one.section === filters.section)));
  function apply(keepAddress) {
    filters.verdict = Array.from(places).join(",");
    const words = wordsOf(filters.q);
    const shown = report.requirements.filter((one) => fits(one, words));
    list.replaceChildren();
    below.replaceChildren();
    const more = longList(list, shown, requirementRow, 150);
    if (more) below.append(more);
    count.textContent = shown.length + " of " + plural(report.requirements.length, "requirement");
    side.replaceChildren(
      sectionTree(
        grouped(
          report.requirements.filter((one) => fits(one, words, "rfc")),
          report.places,
          (one) => one.place,
        ),
        "requirements",
        filters,
      ),
    );
    if (!keepAddress) history.replaceState(null, "", listAddress("requirements", filters));
  }
  const levels = Array.from(new Set(report.requirements.map((one) => one.level).filter(Boolean)));
  const page = [
    h("h1", {}, "Requirements"),
    h("p", { class: "lead" }, "Every normative statement that ikevet knows, and what became of it in this run."),
    h(
      "details",
      { class: "rest", open: !filters.q && !filters.verdict && !filters.rfc },
      h("summary", {}, "By document, with the denominator"),
      documentTable(report.requirements),
      denominatorText(),
    ),
    h(
      "div",
      { class: "filter" },
      searchField("Search requirements", filters.q, (text) => {
        filters.q = text;
        apply();
      }),
      chips(
        "Verdict",
        countBy(report.places, report.requirements, (one) => one.place).filter((part) => part[2] > 0),
        places,
        () => apply(),
      ),
      choice(
        "Any level",
        levels.map((level) => [level, level]),
        filters.level,
        (level) => {
          filters.level = level;
          apply();
        },
      ),
    ),
    h("div", { class: "split" }, side, h("div", {}, count, list, below)),
  ];
  apply(true);
  return page;
}

const requirementRow = (one) =>
  h(
    "li",
    {},
    h(
      "a",
      { class: "row", href: requirementAddress(one) },
      placeBadge(one.place),
      h("span", { class: "what" }, one.text || one.id, h("small", {}, one.id)),
      h("span", { class: "cite" }, one.citation, " ", h("b", {}, one.level)),
    ),
  );

function testRow({ scenario, status, frames }) {
  return h(
    "tr",
    {},
    h("td", {}, scenarioLink(scenario, scenario.title), h("div", {}, h("small", {}, scenario.id))),
    h("td", {}, statusBadge(status)),
    h(
      "td",
      {},
      frames.length ? frameLinks(scenario, frames.slice(0, 12)) : scenario.packets ? "–" : "not played",
      frames.length > 12 ? " and " + (frames.length - 12) + " more" : null,
    ),
  );
}

function testTable(rows) {
  const body = h("tbody", {});
  const more = longList(body, rows, testRow, 60);
  return [
    h(
      "div",
      { class: "tablebox" },
      h(
        "table",
        { class: "plain tests" },
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            h("th", { scope: "col" }, "Scenario"),
            h("th", { scope: "col" }, "Verdict"),
            h("th", { scope: "col" }, "Evidence"),
          ),
        ),
        body,
      ),
    ),
    more,
  ];
}

/** Bad news first. */
const worstFirst = (a, b) =>
  ["fail", "waived", "unstable", "error"].includes(statusName(b.status)) -
  ["fail", "waived", "unstable", "error"].includes(statusName(a.status));

const TESTABLE = {
  wire: "in the messages",
  "needs-trigger": "in the messages, when the device is made to act",
  "needs-admin-view": "only inside the device",
  "not-observable": "not at all from outside",
};

function drawRequirement(id) {
  const one = report.requirementById.get(id);
  if (!one)
    return [
      h("h1", {}, "No such requirement"),
      h("p", {}, "This report has none with the id ", h("code", {}, id), "."),
    ];
  const { covering, watching, held } = testsOf(one);
  const failure = report.failures.find((row) => row[0] === one.number);
  const facts = [
    ["Source", one.citation],
    ["Level", one.level],
    ["Binds", one.binds],
    ["How it can be seen", TESTABLE[one.testability] || one.testability],
  ].filter(([, value]) => value);
  const body = h("tbody", {});
  return [
    h(
      "nav",
      { class: "crumbs", "aria-label": "Place" },
      h("a", { href: "#/requirements" }, "Requirements"),
      one.rfc
        ? [
            " › ",
            h("a", { href: listAddress("requirements", { rfc: one.rfc }) }, rfcName(one.rfc)),
            " › ",
            h("a", { href: listAddress("requirements", { rfc: one.rfc, section: one.section }) }, "§" + one.section),
          ]
        : null,
    ),
    h("h1", { class: "mono" }, one.id),
    h("p", { class: "ident" }, placeBadge(one.place), h("span", {}, one.citation), h("b", {}, one.level)),
    one.text ? h("p", { class: "statement big" }, one.text) : null,
    !failure && (one.detail || report.advice[one.reason])
      ? h(
          "p",
          { class: "callout " + report.places[one.place][1] },
          one.reason ? [h("code", {}, one.reason), " "] : null,
          [one.detail, report.advice[one.reason]].filter(Boolean).join(" – "),
        )
      : null,
    h(
      "dl",
      { class: "meta" },
      facts.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))),
    ),
    failure ? [h("h2", {}, "How it was broken"), failure[2].slice(0, 5).map(occurrence)] : null,
    covering.length
      ? [h("h2", {}, plural(covering.length, "scenario") + " made for it"), testTable(covering.sort(worstFirst))]
      : null,
    watching.length
      ? [
          h("h2", {}, plural(watching.length, "scenario") + " where it was not kept, as a rule for every message"),
          testTable(watching.sort(worstFirst)),
        ]
      : null,
    held.length
      ? h(
          "details",
          { class: "rest" },
          h("summary", {}, "Held, as a rule for every message, in " + plural(held.length, "scenario")),
          h("table", { class: "plain" }, body),
          longList(
            body,
            held,
            (scenario) =>
              h("tr", {}, h("td", {}, scenarioLink(scenario, scenario.title), " ", h("small", {}, scenario.id))),
            100,
          ),
        )
      : null,
    covering.length + watching.length + held.length === 0
      ? h(
          "p",
          { class: "prose" },
          one.place === report.places.findIndex(([name]) => name === "not observable")
            ? "No test from outside can show this: an evaluator has to look inside the device or at its documents."
            : "No scenario of this run says anything of it.",
        )
      : null,
  ];
}
