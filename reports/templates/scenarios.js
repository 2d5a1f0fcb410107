// The list of scenarios with its filters, which stand in the address: a view can be kept and sent.

/** Not a verdict, and as good a reason to look: a rule that watches every message found something. */
const RULE_BROKEN = "rule broken";

function drawScenarios(query) {
  const filters = {
    q: query.get("q") || "",
    verdict: query.get("verdict") || "",
    rfc: query.get("rfc") || "",
    section: query.get("section") || "",
    tag: query.get("tag") || "",
  };
  const verdicts = new Set(filters.verdict.split(",").filter(Boolean));
  const list = h("ol", { class: "list" });
  const count = h("p", { class: "count", role: "status" });
  const side = h("aside", { class: "side" });
  const below = h("div", {});
  const tags = new Map();
  for (const one of report.scenarios) for (const tag of one.tags) tags.set(tag, (tags.get(tag) || 0) + 1);

  const fits = (one, words, without) =>
    hasAll(one.words, words) &&
    (!filters.tag || one.tags.includes(filters.tag)) &&
    (verdicts.size === 0 ||
      verdicts.has(statusName(one.status)) ||
      (verdicts.has(RULE_BROKEN) && brokenRules(one) > 0)) &&
    (without === "rfc" ||
      ((!filters.rfc || (one.rfc || "other") === filters.rfc) &&
        (!filters.section || one.section === filters.section)));

  function apply(keepAddress) {
    filters.verdict = Array.from(verdicts).join(",");
    const words = wordsOf(filters.q);
    const shown = report.scenarios.filter((one) => fits(one, words));
    list.replaceChildren();
    below.replaceChildren();
    const more = longList(list, shown, scenarioRow, 150);
    if (more) below.append(more);
    count.textContent =
      shown.length === report.scenarios.length
        ? plural(shown.length, "scenario")
        : shown.length + " of " + plural(report.scenarios.length, "scenario");
    side.replaceChildren(
      sectionTree(
        grouped(
          report.scenarios.filter((one) => fits(one, words, "rfc")),
          report.statuses,
          (one) => one.status,
        ),
        "scenarios",
        filters,
      ),
    );
    walk.list = shown;
    if (!keepAddress) history.replaceState(null, "", listAddress("scenarios", filters));
  }

  const field = searchField("Search scenarios", filters.q, (text) => {
    filters.q = text;
    apply();
  });
  const counts = countBy(report.statuses, report.scenarios, (one) => one.status).filter((part) => part[2] > 0);
  const broken = report.scenarios.filter((one) => brokenRules(one) > 0).length;
  if (broken > 0) counts.push([RULE_BROKEN, "bad", broken]);
  const page = [
    h("h1", {}, "Scenarios"),
    h(
      "div",
      { class: "filter" },
      field,
      chips("Verdict", counts, verdicts, () => apply()),
      tags.size
        ? choice(
            "Any tag",
            Array.from(tags)
              .sort()
              .map(([tag, n]) => [tag, tag + " (" + n + ")"]),
            filters.tag,
            (tag) => {
              filters.tag = tag;
              apply();
            },
          )
        : null,
    ),
    h("div", { class: "split" }, side, h("div", {}, count, list, below)),
  ];
  apply(true);
  return page;
}

function scenarioRow(one) {
  const broken = brokenRules(one);
  return h(
    "li",
    {},
    h(
      "a",
      { class: "row", href: scenarioAddress(one) },
      statusBadge(one.status),
      h("span", { class: "what" }, one.title, h("small", {}, one.id)),
      broken ? h("span", { class: "ink-bad rownote" }, plural(broken, "rule") + " broken") : null,
      h("span", { class: "secs" }, one.packets ? seconds(one.seconds) : "not played"),
    ),
  );
}
