// About this run: what it was made with, and the digests of the evidence. And the whole report as one document.

function aboutTable() {
  const { run } = report;
  const rows = [
    ["ikevet", run.ikevet],
    ...run.libraries,
    ["Device", run.device],
    ["Target", run.target],
    ["Address", run.address],
    ["Selection", run.selection || "everything"],
    ["Seed", run.seed],
    ["Started", run.started],
    ["Finished", run.finished],
    ["SHOULD", run.strict ? "counts as required (--strict)" : "reported, not counted"],
    ["Run directory", run.folder],
    ["Exit code", String(report.exit_code)],
  ].filter(([, value]) => value);
  return h(
    "table",
    { class: "plain facts" },
    h(
      "tbody",
      {},
      rows.map(([label, value]) => h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, value))),
    ),
  );
}

/** What the verdicts mean, for a reader who has this file alone. */
const MEANINGS = [
  ["pass", "What the standard asks was seen."],
  ["pass-lenient", "The right outcome in another manner, which no MUST forbids."],
  ["fail", "A requirement is broken; the frames show it."],
  ["inconclusive", "Tried, and nothing can be said; the reason is given. It speaks neither for nor against the device."],
  ["unsupported", "The device does not have what the scenario needs, by its target file or by its own word."],
  ["not-applicable", "The scenario has nothing to say of this device."],
  ["waived", "Broken and known: somebody answers for it, with a reason and an end."],
  ["unstable", "Two plays of the same scenario differ."],
  ["error", "A fault of ikevet: nothing is said of the device."],
];

function meaningsTable() {
  const tones = new Map(report.statuses);
  return drawBlock({
    kind: "table",
    caption: "",
    columns: ["Verdict", "Means"],
    rows: MEANINGS.map(([name, means]) => [{ t: name, b: tones.get(name) || "off" }, means]),
  });
}

const aboutVerdicts = () => [
  h("h2", {}, "What the verdicts mean"),
  h(
    "p",
    { class: "prose" },
    "A scenario has a verdict; a requirement is passed or failed by all scenarios that bear on it together. " +
      "One of level MUST that failed is broken and decides the exit code, and so is one that the text states without a " +
      "key word (level stated); SHOULD counts with --strict, MAY never does. " +
      "Frames are numbered as in the scenario's capture.",
  ),
  meaningsTable(),
];

function drawRun() {
  return whenThere(json("files"), (files) => {
    const block = {
      kind: "table",
      caption: "",
      columns: ["File", "SHA-256"],
      rows: files.map(([path, digest]) => [
        {
          t: path,
          l: (report.evidence ? report.evidence + "/" : "") + path.split("/").map(encodeURIComponent).join("/"),
        },
        { t: digest, c: true },
      ]),
    };
    return [
      h("h1", {}, "About this run"),
      aboutTable(),
      aboutVerdicts(),
      files.length
        ? [
            h("h2", {}, "Digests of the evidence"),
            h(
              "p",
              { class: "prose" },
              "Every file that the verdicts rest on, as it was when the run ended. " +
                "The list stands in run.json too; `ikevet grade` on the run directory checks it and grades again from the files alone.",
            ),
            drawBlock(block),
          ]
        : null,
      h(
        "p",
        { class: "footer" },
        "MUST decides; what could not be seen counts neither way. Keys of the page: press ?.",
      ),
    ];
  });
}

/** Everything that belongs into a filed document, for printing. Messages are shown of what failed. */
function drawDocument() {
  const failed = report.scenarios.filter((one) => isFailure(one) || brokenRules(one)).slice(0, 60);
  const pages = failed.map((scenario) => {
    const { detail, octets } = detailOf(scenario);
    const marks = markedFrames(detail);
    const numbers = detail.messages
      ? detail.messages
          .map((one, i) => [one[M.frame], i])
          .filter(([frame]) => marks.has(frame))
          .map(([, i]) => i)
          .slice(0, 2)
      : [];
    return h(
      "section",
      { class: "leaf" },
      h(
        "h3",
        {},
        scenario.title,
        " ",
        statusBadge(scenario.status),
        brokenRules(scenario) ? [" ", badge(plural(brokenRules(scenario), "rule") + " broken", "bad")] : null,
      ),
      h("p", {}, h("code", {}, scenario.id)),
      detail.about !== undefined ? h("p", { class: "prose" }, pooled(detail.about)) : null,
      h("code", {}, scenario.rerun),
      detail.rows ? drawLadder({ scenario, detail, octets, marks }) : null,
      numbers.map((number) => h("div", { class: "panel" }, drawMessage({ scenario, detail, octets, marks }, number))),
    );
  });
  const scenarioTable = {
    kind: "table",
    caption: "",
    columns: ["Scenario", "Verdict", "Reason"],
    rows: report.scenarios.map((one) => [
      { t: one.id },
      { t: statusName(one.status), b: report.statuses[one.status][1] },
      one.reason,
    ]),
  };
  const requirementTable = {
    kind: "table",
    caption: "",
    columns: ["Requirement", "Source", "Level", "Verdict", "Statement"],
    rows: report.requirements.map((one) => [
      { t: one.id, c: true },
      one.citation,
      one.level,
      { t: report.places[one.place][0], b: report.places[one.place][1] },
      one.text,
    ]),
  };
  const contents = [
    report.failures.length ? ["failures", "Failures"] : null,
    waived() ? ["waived", "Waived"] : null,
    openEnds() ? ["open", "Without conclusion"] : null,
    ["sections", "By RFC and section"],
    pages.length ? ["leaves", "Scenarios that failed, message by message"] : null,
    ...report.sections.map(([slug, title]) => ["x-" + slug, title]),
    ["all-scenarios", "Scenarios"],
    ["all-requirements", "Requirements"],
    ["about", "About this run, and what the verdicts mean"],
  ].filter(Boolean);
  const fileTable = json("files").map(([path, digest]) => h("li", {}, h("code", {}, digest), " ", path));
  return [
    headlineBox(),
    h(
      "ul",
      { class: "contents" },
      contents.map(([id, title]) => h("li", {}, h("a", { href: "#" + id }, title))),
    ),
    failureCards(),
    waived(),
    openEnds(),
    bySection(),
    pages.length ? [h("h2", { class: "newpage", id: "leaves" }, "Scenarios that failed, message by message"), pages] : null,
    report.sections.map(([slug]) => h("section", { class: "newpage", id: "x-" + slug }, drawSection(json("x-" + slug)))),
    h("h2", { class: "newpage", id: "all-scenarios" }, "Scenarios"),
    drawBlock(scenarioTable),
    h("h2", { class: "newpage", id: "all-requirements" }, "Requirements"),
    documentTable(report.requirements),
    denominatorText(),
    drawBlock(requirementTable),
    h("h2", { class: "newpage", id: "about" }, "About this run"),
    aboutTable(),
    aboutVerdicts(),
    h("h2", {}, "Digests of the evidence (SHA-256)"),
    h("ol", { class: "digests" }, fileTable),
  ];
}
