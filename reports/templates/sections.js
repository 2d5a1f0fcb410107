// Pages that come as data: html_section.hpp says what the blocks mean.

const SERIES = ["s1", "s2", "s3", "s4", "s5", "s6"];

function cell(value) {
  if (typeof value === "string") return value;
  let content = value.c ? h("code", {}, value.t) : value.t;
  if (value.b) content = badge(value.t, value.b);
  // Only places in this page and files beside it: whatever else a text may say is shown, not followed.
  if (value.l && /^(#\/|[^:/?#][^:]*$)/.test(value.l)) content = h("a", { href: value.l }, content);
  return content;
}

const cellText = (value) => (typeof value === "string" ? value : value.t);

function dataTable(block) {
  let rows = block.rows.slice(),
    sorted = -1,
    falling = false;
  const body = h("tbody", {});
  const wrap = h("div", { class: "tablebox" });
  const numeric = block.columns.map(
    (_, i) =>
      block.rows.length > 0 &&
      block.rows.every((row) => row[i]?.n || row[i] === "") &&
      block.rows.some((row) => row[i]?.n),
  );
  // Names stay in one piece, sentences get room: a narrow column of text beside an empty one is hard to read.
  const kind = block.columns.map((_, i) => {
    if (numeric[i]) return "num";
    const texts = block.rows.map((row) => cellText(row[i] ?? ""));
    if (i === 0 && texts.every((text) => text.length <= 24)) return "name";
    return texts.some((text) => text.length > 40 && text.includes(" ")) ? "text" : null;
  });
  const draw = () => {
    body.replaceChildren();
    $(".morebox", wrap)?.remove();
    const more = longList(
      body,
      rows,
      (row) =>
        h(
          "tr",
          {},
          row.map((value, i) => h("td", { class: kind[i] }, cell(value))),
        ),
      printing ? 1e9 : 200,
    );
    if (more) wrap.append(more);
  };
  const sortBy = (i) => {
    falling = sorted === i && !falling;
    sorted = i;
    rows.sort(
      (a, b) =>
        (numeric[i]
          ? Number(cellText(a[i])) - Number(cellText(b[i]))
          : cellText(a[i]).localeCompare(cellText(b[i]), "en", { numeric: true })) * (falling ? -1 : 1),
    );
    heads.forEach((head, k) => head.setAttribute("aria-sort", k !== i ? "none" : falling ? "descending" : "ascending"));
    draw();
  };
  const heads = block.columns.map((title, i) =>
    h(
      "th",
      { scope: "col", class: kind[i], "aria-sort": "none" },
      h("button", { type: "button", on: { click: () => sortBy(i) } }, title),
    ),
  );
  wrap.append(
    h(
      "table",
      { class: "plain" },
      block.caption ? h("caption", {}, block.caption) : null,
      h("thead", {}, h("tr", {}, heads)),
      body,
    ),
  );
  draw();
  if (printing || block.rows.length < 12) return wrap;
  const field = searchField("Search this table", "", (text) => {
    const words = wordsOf(text);
    rows = block.rows.filter((row) => hasAll(row.map(cellText).join(" ").toLowerCase(), words));
    if (sorted >= 0) {
      falling = !falling;
      sortBy(sorted);
    } else draw();
  });
  return [h("div", { class: "filter" }, field), wrap];
}

const legend = (names) =>
  names.length < 2
    ? null
    : h(
        "ul",
        { class: "legend" },
        names.map((name, i) => h("li", {}, h("span", { class: "dot " + SERIES[i % SERIES.length] }), name)),
      );
const compact = (value) =>
  value === 0
    ? "0"
    : Math.abs(value) >= 1000
      ? Math.round(value).toLocaleString("en")
      : String(Number(value.toPrecision(3)));

function barChart(block) {
  const sums = block.rows.map((row) => row[1].reduce((sum, value) => sum + value, 0));
  const most = Math.max(...sums, 1e-9);
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, h("b", {}, block.title), block.unit ? " in " + block.unit : ""),
    legend(block.series),
    h(
      "div",
      { class: "bars" },
      block.rows.map(([label, values, note], i) => [
        h("div", { class: "barlabel" }, label),
        h(
          "div",
          { class: "barline" },
          h(
            "div",
            { class: "barparts", style: "width:" + ((78 * sums[i]) / most).toFixed(2) + "%" },
            values.map((value, k) =>
              value > 0
                ? h("span", {
                    class: SERIES[k % SERIES.length],
                    style: "flex-grow:" + (100 * value) / sums[i], // a sum below 1 would not fill the bar
                    title: (block.series[k] || label) + ": " + compact(value) + " " + block.unit,
                  })
                : null,
            ),
          ),
          h(
            "span",
            { class: "barvalue" },
            // A note that begins with a number says the value itself, in the unit that suits it.
            /^[\d.]/.test(note) ? note : [compact(sums[i]), note ? h("i", {}, " " + note) : null],
          ),
        ),
      ]),
    ),
  );
}

/** A round step that gives about five marks up to `most`. */
function roundStep(most) {
  const rough = most / 5,
    power = 10 ** Math.floor(Math.log10(rough || 1));
  return power * ([1, 2, 5, 10].find((step) => rough <= step * power) || 10);
}

function lineChart(block) {
  const all = block.lines.flatMap((line) => line[1]);
  if (all.length === 0) return null;
  const W = 860,
    H = 300,
    L = 64,
    B = 40,
    T = 10,
    R = 14;
  const x1 = Math.max(...all.map((p) => p[0])),
    x0 = Math.min(0, ...all.map((p) => p[0]));
  const y1 = Math.max(...all.map((p) => p[1]), 1e-9),
    y0 = 0;
  const x = (value) => L + ((W - L - R) * (value - x0)) / (x1 - x0 || 1);
  const y = (value) => H - B - ((H - B - T) * (value - y0)) / (y1 - y0 || 1);
  const marks = [];
  for (let v = 0; v <= y1 * 1.001; v += roundStep(y1))
    marks.push(
      s("line", { x1: L, x2: W - R, y1: y(v), y2: y(v), class: "grid" }),
      s("text", { x: L - 8, y: y(v) + 4, "text-anchor": "end" }, compact(v)),
    );
  for (let v = x0; v <= x1 * 1.001; v += roundStep(x1 - x0 || 1))
    marks.push(s("text", { x: x(v), y: H - B + 18, "text-anchor": "middle" }, compact(v)));
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, h("b", {}, block.title)),
    legend(block.lines.map((line) => line[0])),
    s(
      "svg",
      { viewBox: "0 0 " + W + " " + H, role: "img", "aria-label": block.title },
      marks,
      s("text", { x: W - R, y: H - 4, "text-anchor": "end" }, block.x),
      s("text", { x: 4, y: T + 4 }, block.y),
      block.lines.map(([label, points], i) =>
        s(
          "g",
          { class: SERIES[i % SERIES.length] },
          s("polyline", { points: points.map((p) => x(p[0]).toFixed(1) + "," + y(p[1]).toFixed(1)).join(" ") }),
          points.map((p) =>
            s(
              "circle",
              { cx: x(p[0]), cy: y(p[1]), r: 3 },
              s("title", {}, label + ": " + compact(p[0]) + " " + block.x + ", " + compact(p[1]) + " " + block.y),
            ),
          ),
        ),
      ),
    ),
  );
}

function drawBlock(block) {
  switch (block.kind) {
    case "heading":
      return h("h2", {}, block.text);
    case "paragraph":
      return h("p", { class: "prose" }, block.text);
    case "callout":
      return h("p", { class: "callout " + block.tone }, block.text);
    case "facts":
      return h(
        "table",
        { class: "plain facts" },
        h(
          "tbody",
          {},
          block.rows.map(([label, value]) => h("tr", {}, h("th", { scope: "row" }, label), h("td", {}, cell(value)))),
        ),
      );
    case "table":
      return dataTable(block);
    case "bars":
      return barChart(block);
    case "lines":
      return lineChart(block);
  }
  return null;
}

const drawSection = (section) => [
  h("h1", {}, section.title),
  section.lead ? h("p", { class: "lead" }, section.lead) : null,
  section.blocks.map(drawBlock),
];
