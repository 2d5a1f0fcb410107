// The first page: what the device is worth, and why.

const EXIT = { 0: "good", 1: "bad", 3: "bad" };

/** What the requirements came to: RFC by RFC it stands on the page of the requirements. */
function denominator(requirements) {
  const count = (...names) => requirements.filter((one) => names.includes(report.places[one.place][0])).length;
  const out = {
    known: requirements.length,
    hidden: count("not observable"),
    tested: count("passed", "failed", "waived", "unstable"),
  };
  out.testable = out.known - out.hidden;
  out.untested = out.testable - out.tested;
  return out;
}

function statusFigure(title, caption, parts, page, key) {
  return h(
    "figure",
    { class: "barbox" },
    h("figcaption", {}, h("b", {}, title), " ", caption),
    partsBar(parts, title),
    h(
      "ul",
      { class: "legend" },
      parts
        .filter((part) => part[2] > 0)
        .map(([name, tone, count]) =>
          h(
            "li",
            {},
            h(
              "a",
              { href: listAddress(page, { [key]: name }) },
              h("span", { class: "dot " + tone }),
              count + " " + name,
            ),
          ),
        ),
    ),
  );
}

function headlineBox() {
  const { run } = report;
  const d = denominator(report.requirements);
  const followed = report.failures.filter((row) => !row[1]);
  const meta = [
    ["Target", run.target],
    ["Address", run.address],
    ["Started", run.started],
    ["Selection", run.selection || "everything"],
    ["Seed", run.seed],
    ["ikevet", run.ikevet],
  ].filter(([, value]) => value);
  return [
    h("h1", {}, run.device),
    h(
      "dl",
      { class: "meta" },
      meta.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))),
    ),
    h(
      "div",
      { class: "verdict " + (EXIT[report.exit_code] || "warn") },
      h("p", { class: "headline" }, report.headline),
      h(
        "p",
        {},
        "Of " +
          d.known +
          " requirements known, " +
          d.testable +
          " can be seen from outside; this run tested " +
          d.tested +
          " of those and did not test " +
          d.untested +
          ". " +
          d.hidden +
          " cannot be observed.",
      ),
      followed.length
        ? h(
            "p",
            {},
            plural(followed.length, "recommendation") +
              " (SHOULD) " +
              (followed.length === 1 ? "was" : "were") +
              " not followed besides: failed in the bar of the requirements, not counted as broken.",
          )
        : null,
      run.strict ? h("p", {}, "SHOULD counts like MUST (--strict).") : null,
      run.partial ? h("p", { class: "partial" }, "The run was interrupted: what follows is partial.") : null,
    ),
    h(
      "div",
      { class: "figures" },
      statusFigure(
        "Scenarios",
        report.scenarios.length + " selected, " + report.scenarios.filter((one) => one.packets).length + " played",
        countBy(report.statuses, report.scenarios, (one) => one.status),
        "scenarios",
        "verdict",
      ),
      statusFigure(
        "Requirements",
        d.tested + " of " + d.testable + " testable ones tested",
        countBy(report.places, report.requirements, (one) => one.place),
        "requirements",
        "verdict",
      ),
    ),
  ];
}

function occurrence([number, step, expected, actual, frames]) {
  const scenario = report.scenarios[number];
  return h(
    "div",
    { class: "seen" },
    scenario
      ? h(
          "p",
          { class: "where" },
          h("a", { href: scenarioAddress(scenario, frames[frames.length - 1]) }, scenario.title),
          h("small", {}, scenario.id),
          step ? h("small", {}, step) : null,
        )
      : null,
    comparison(expected, actual, scenario ? frameLinks(scenario, frames) : null),
    scenario ? commandLine(scenario.rerun) : null,
  );
}

function failureCard([requirement, required, seen]) {
  const known = typeof requirement === "number" ? report.requirements[requirement] : null;
  const rest = seen.slice(1);
  const open = printing ? rest.slice(0, 4) : [];
  return h(
    "article",
    { class: "card " + (required ? "bad" : "warn") },
    h(
      "header",
      {},
      badge(required ? "broken" : "recommended", required ? "bad" : "warn"),
      known
        ? h("a", { class: "req", href: requirementAddress(known) }, known.id)
        : h("span", { class: "req" }, requirement),
      known ? [h("span", { class: "cite" }, known.citation), h("span", { class: "level" }, known.level)] : null,
    ),
    known && known.text ? h("p", { class: "statement" }, known.text) : null,
    seen.slice(0, 1).map(occurrence),
    open.map(occurrence),
    rest.length && !printing
      ? h(
          "details",
          { class: "rest" },
          h("summary", {}, plural(rest.length, "further occurrence")),
          rest.map(occurrence),
        )
      : null,
    rest.length > 4 && printing
      ? h("p", {}, plural(rest.length - 4, "further occurrence") + " in the report's file.")
      : null,
  );
}

function failureCards() {
  if (report.failures.length === 0) return null;
  const box = h("div", {});
  const more = longList(box, report.failures, failureCard, printing ? 1e9 : 40);
  return h(
    "section",
    { "aria-labelledby": "failures" },
    h("h2", { id: "failures" }, "Failures"),
    h("p", { class: "lead" }, "What the device did against a standard, requirements that must hold first."),
    box,
    more,
  );
}

/** What failed and is answered for by somebody: it does speak against the device. */
function waived() {
  const all = report.scenarios.filter((one) => statusName(one.status) === "waived");
  const rules = report.requirements.filter((one) => report.places[one.place][0] === "waived");
  if (all.length + rules.length === 0) return null;
  const page = report.sections.some(([slug]) => slug === "waivers");
  return h(
    "section",
    { "aria-labelledby": "waived" },
    h("h2", { id: "waived" }, "Waived"),
    h(
      "p",
      { class: "lead" },
      "Broken and known: somebody answers for it until a date. Neither passed nor counted as broken. ",
      page ? h("a", { href: "#/x/waivers" }, "Reasons, owners and dates") : null,
    ),
    h(
      "ul",
      { class: "rows group" },
      rules.map((one) =>
        h("li", {}, h("a", { class: "req", href: requirementAddress(one) }, one.id), " ", one.citation, h("p", {}, one.text)),
      ),
      all.map((one) =>
        h("li", {}, scenarioLink(one, one.title), h("small", {}, one.id), one.detail ? h("p", {}, one.detail) : null),
      ),
    ),
  );
}

/** Neither passed nor failed, by reason: hundreds of scenarios often share one. */
function openEnds() {
  const kinds = new Map();
  for (const one of report.scenarios) {
    const name = statusName(one.status);
    if (["pass", "pass-lenient", "fail", "waived"].includes(name)) continue;
    const key = name + " " + one.reason;
    if (!kinds.has(key)) kinds.set(key, { status: one.status, reason: one.reason, all: [] });
    kinds.get(key).all.push(one);
  }
  if (kinds.size === 0) return null;
  return h(
    "section",
    { "aria-labelledby": "open" },
    h("h2", { id: "open" }, "Without conclusion"),
    h("p", { class: "lead" }, "Neither passed nor failed: none of these speaks against the device, and none for it."),
    Array.from(kinds.values())
      .sort((a, b) => b.all.length - a.all.length)
      .map(({ status, reason, all }) =>
        h(
          "details",
          { class: "group", open: printing || (kinds.size === 1 && all.length < 6) },
          h(
            "summary",
            {},
            statusBadge(status),
            h("b", {}, plural(all.length, "scenario")),
            reason ? h("code", {}, reason) : null,
            h("span", { class: "advice" }, report.advice[reason] || ""),
          ),
          h(
            "ul",
            { class: "rows" },
            all
              .slice(0, 200)
              .map((one) =>
                h(
                  "li",
                  {},
                  scenarioLink(one, one.title),
                  h("small", {}, one.id),
                  one.detail && one.detail !== report.advice[reason] ? h("p", {}, one.detail) : null,
                ),
              ),
            all.length > 200
              ? h(
                  "li",
                  {},
                  h(
                    "a",
                    { href: listAddress("scenarios", { verdict: statusName(status) }) },
                    "and " + (all.length - 200) + " more",
                  ),
                )
              : null,
          ),
        ),
      ),
  );
}

function bySection() {
  const groups = grouped(report.scenarios, report.statuses, (one) => one.status);
  return h(
    "section",
    { "aria-labelledby": "sections" },
    h("h2", { id: "sections" }, "By RFC and section"),
    h(
      "div",
      { class: "columns" },
      groups.map(([rfc, sections, parts]) =>
        h(
          "details",
          { class: "group", open: groups.length === 1 || printing },
          h(
            "summary",
            {},
            h("b", {}, rfcName(rfc)),
            partsBar(parts, rfcName(rfc)),
            h("span", { class: "sum" }, partsText(parts, "scenario")),
          ),
          h(
            "ul",
            { class: "sections" },
            sections.map(([section, some]) => {
              const [number, name] = sectionName(section);
              return h(
                "li",
                {},
                h(
                  "a",
                  { href: listAddress("scenarios", { rfc: rfc || "other", section }) },
                  h("span", { class: "number" }, number ? "§" + number : ""),
                  h("span", { class: "name" }, name || "without a section"),
                ),
                partsBar(some, number || name),
                h("span", { class: "sum" }, partsText(some, "scenario")),
              );
            }),
          ),
        ),
      ),
    ),
  );
}

/** "12 scenarios", or "12 scenarios · 2 fail": what is not a pass is said. */
function partsText(parts, noun) {
  const sum = parts.reduce((all, part) => all + part[2], 0);
  const odd = parts.filter((part) => part[2] > 0 && part[0] !== "pass" && part[0] !== "passed");
  return [
    plural(sum, noun),
    odd.slice(0, 2).map(([name, tone, count]) => [" · ", h("span", { class: "ink-" + tone }, count + " " + name)]),
  ];
}

const drawOverview = () => [headlineBox(), failureCards(), waived(), openEnds(), bySection()];
