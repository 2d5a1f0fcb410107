// One scenario: what it was about, what came of it, and every message.

const FILES = [
  ["capture.pcapng", "Capture"],
  ["keys.json", "Keys (ikevet)"],
  ["ikev2_decryption_table", "Keys (Wireshark, IKE)"],
  ["esp_sa", "Keys (Wireshark, ESP)"],
  ["trace.jsonl", "Trace"],
  ["verdict.json", "Verdict"],
  ["scenario.json", "Scenario"],
];

const fileAddress = (path) =>
  (report.evidence ? encodeURI(report.evidence) + "/" : "") + path.split("/").map(encodeURIComponent).join("/");

function downloads(scenario) {
  const box = h("p", { class: "files" });
  whenThere(json("files"), (files) => {
    const there = new Set(files.map((row) => row[0]));
    box.append(
      ...FILES.filter(([file]) => there.has(scenario.id + "/" + file)).map(([file, name]) =>
        h("a", { href: fileAddress(scenario.id + "/" + file), title: scenario.id + "/" + file }, name),
      ),
    );
    if (!box.hasChildNodes()) box.hidden = true;
    else box.prepend(h("b", {}, "Evidence"));
  });
  return box;
}

function verdictRow(scenario, detail, [number, status, reason, why, isRule, evidence]) {
  const requirement = report.requirements[number];
  const first = evidence[0];
  const actual = first ? pooled(first[3]) : "",
    text = pooled(why);
  return h(
    "tr",
    {},
    h(
      "td",
      {},
      h("a", { href: requirementAddress(requirement) }, requirement.id),
      h("div", { class: "cite" }, requirement.citation, " ", h("b", {}, requirement.level)),
      h("p", { class: "statement" }, requirement.text),
      isRule ? h("small", {}, "A rule that looks at every message of the device.") : null,
    ),
    h("td", {}, statusBadge(status)),
    h(
      "td",
      {},
      evidence
        .slice(0, 5)
        .map(([step, frames, expected, got]) => [
          step >= 0 && detail.steps
            ? h("p", { class: "where" }, h("small", {}, "step " + (step + 1) + ": " + pooled(detail.steps[step][0])))
            : null,
          comparison(pooled(expected), pooled(got), frameLinks(scenario, frames)),
        ]),
      evidence.length > 5 ? h("p", {}, evidence.length - 5 + " further places in the capture.") : null,
      text && text !== actual ? h("p", {}, text) : null,
      pooled(reason)
        ? h("p", { class: "advice" }, h("code", {}, pooled(reason)), " ", report.advice[pooled(reason)] || "")
        : null,
    ),
  );
}

function heldRules(scenario) {
  const rules = report.rule_sets[scenario.ruleSet] || [];
  if (rules.length === 0) return null;
  return h(
    "details",
    { class: "rest" },
    h("summary", {}, plural(rules.length, "rule") + " for every message of the device held here"),
    h(
      "ul",
      { class: "dense" },
      rules.map((number) => {
        const one = report.requirements[number];
        return h(
          "li",
          {},
          h("a", { href: requirementAddress(one) }, one.id),
          " ",
          h("span", { class: "cite" }, one.citation, " ", one.level),
        );
      }),
    ),
  );
}

/** The neighbours in the list that the reader came from, else in the order of the run. */
function neighbours(scenario) {
  const list = walk.list && walk.list.includes(scenario) ? walk.list : report.scenarios;
  const at = list.indexOf(scenario);
  return { before: list[at - 1], after: list[at + 1], at, of: list.length };
}

function scenarioHead(scenario, detail) {
  const { before, after, at, of } = neighbours(scenario);
  const step = (one, text, key) =>
    one
      ? h("a", { href: scenarioAddress(one), title: one.title + " (" + key + ")" }, text)
      : h("span", { class: "faint" }, text);
  const control = detail.control !== undefined ? report.byId.get(pooled(detail.control)) : null;
  return [
    h(
      "nav",
      { class: "crumbs", "aria-label": "Place" },
      h("a", { href: "#/scenarios" }, "Scenarios"),
      scenario.rfc
        ? [
            " › ",
            h("a", { href: listAddress("scenarios", { rfc: scenario.rfc }) }, rfcName(scenario.rfc)),
            " › ",
            h(
              "a",
              { href: listAddress("scenarios", { rfc: scenario.rfc, section: scenario.section }) },
              sectionName(scenario.section)
                .filter(Boolean)
                .map((part, i) => (i ? part : "§" + part))
                .join(" "),
            ),
          ]
        : null,
      h("span", { class: "paging" }, step(before, "← previous", "k"), at + 1 + " of " + of, step(after, "next →", "j")),
    ),
    h("h1", {}, scenario.title),
    h(
      "p",
      { class: "ident" },
      statusBadge(scenario.status),
      brokenRules(scenario)
        ? badge("and " + plural(brokenRules(scenario), "rule") + " for every message broken", "bad")
        : null,
      h("code", {}, scenario.id),
      h(
        "span",
        {},
        scenario.packets ? plural(scenario.packets, "packet") + ", " + seconds(scenario.seconds) : "not played",
      ),
      scenario.tags.map((tag) => h("a", { class: "tag", href: listAddress("scenarios", { tag }) }, tag)),
    ),
    detail.about !== undefined && pooled(detail.about) ? h("p", { class: "prose" }, pooled(detail.about)) : null,
    control
      ? h(
          "p",
          { class: "control" },
          "Positive control: ",
          scenarioLink(control, control.title),
          " ",
          statusBadge(control.status),
        )
      : null,
    callout(scenario, detail),
  ];
}

/** Why the verdict is what it is, unless the evidence below says the same. */
function callout(scenario, detail) {
  const repeated = detail.verdicts.some((row) =>
    row[5].some((one) => pooled(one[3]) && scenario.detail.includes(pooled(one[3]))),
  );
  const text = [repeated ? "" : scenario.detail, report.advice[scenario.reason]]
    .filter((part, i, all) => part && all.indexOf(part) === i)
    .join(" – ");
  if (!text) return null;
  return h(
    "p",
    { class: "callout " + report.statuses[scenario.status][1] },
    scenario.reason ? [h("code", {}, scenario.reason), " "] : null,
    text,
  );
}

/** Frames on which a failure rests, with the requirements that they break. */
function markedFrames(detail) {
  const marks = new Map();
  for (const [number, status, , , , evidence] of detail.verdicts) {
    if (!["fail", "waived"].includes(statusName(status))) continue;
    for (const [, frames] of evidence)
      for (const frame of frames) {
        if (!marks.has(frame)) marks.set(frame, []);
        marks.get(frame).push(report.requirements[number]);
      }
  }
  return marks;
}

function drawScenario(id, query) {
  const scenario = report.byId.get(id);
  if (!scenario)
    return [h("h1", {}, "No such scenario"), h("p", {}, "This report has none with the id ", h("code", {}, id), ".")];
  return whenThere(detailOf(scenario), (there) => scenarioPage(scenario, there, query));
}

function scenarioPage(scenario, { detail, octets }, query) {
  const marks = markedFrames(detail);
  const view = { scenario, detail, octets, marks };
  const panel = h("section", { class: "panel", id: "message", tabindex: "-1", "aria-label": "Decoded message" });
  current = { id: scenario.id, select: (wanted, moveFocus) => selectMessage(view, panel, wanted, moveFocus) };
  const rows = detail.verdicts;
  const asked = Number(query.get("frame"));
  const page = [
    scenarioHead(scenario, detail),
    rows.length
      ? h(
          "div",
          { class: "tablebox" },
          h(
            "table",
            { class: "plain verdicts" },
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                h("th", { scope: "col" }, "Requirement"),
                h("th", { scope: "col" }, "Verdict"),
                h("th", { scope: "col" }, "Evidence"),
              ),
            ),
            h(
              "tbody",
              {},
              rows.map((row) => verdictRow(scenario, detail, row)),
            ),
          ),
        )
      : null,
    heldRules(scenario),
    commandLine(scenario.rerun),
    downloads(scenario),
    detail.rows
      ? [
          h("h2", {}, "Messages"),
          h("p", { class: "lead" }, "Choose a message: its fields and octets are shown below the ladder."),
          h("div", { class: "ladderbox" }, drawLadder(view)),
          panel,
        ]
      : detail.steps
        ? [
            h("h2", {}, "Steps"),
            h(
              "ol",
              { class: "steps" },
              detail.steps.map((step) => h("li", {}, pooled(step[0]))),
            ),
          ]
        : null,
  ];
  // What is wrong is open at once; otherwise what was asked for.
  const wanted = asked || Array.from(marks.keys()).pop();
  if (wanted && detail.rows) selectMessage(view, panel, { frame: wanted }, false);
  return page;
}
