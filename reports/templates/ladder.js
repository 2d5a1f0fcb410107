// The ladder: who sent what when. Time runs downwards; a pause takes room, the longer the more.

const LADDER = { width: 1000, harness: 176, device: 880, top: 56, line: 16, columns: 88 };
const ROW = { step: 0, packet: 1, event: 2 };
const FATE = { delivered: 0, lost: 1, injected: 2 };
const NO_MESSAGE = -1;

const clock = (microseconds) => (microseconds / 1e6).toFixed(microseconds < 1e9 ? 3 : 1) + " s";
const cut = (text, columns) => (text.length <= columns ? text : text.slice(0, columns - 1) + "…");

/** The RFC's notation, cut at its commas into lines that fit. */
function wrapNotation(text) {
  const lines = [""];
  for (const part of text.split(/(?<=, )/)) {
    if (lines[lines.length - 1] && lines[lines.length - 1].length + part.length > LADDER.columns) lines.push("");
    lines[lines.length - 1] += part;
  }
  return lines.map((line) => cut(line, LADDER.columns + 20));
}

function drawLadder(view) {
  const { detail, marks, scenario } = view;
  const body = [];
  const placeOfMessage = new Map();
  let y = LADDER.top,
    time = 0;
  const text = (x, at, anchor, css, content) => s("text", { x, y: at, "text-anchor": anchor, class: css }, content);

  function pause(at) {
    const gap = at - time;
    time = at;
    if (gap < 50000) return;
    const room = Math.min(44, 10 + 9 * Math.log10(gap / 10000));
    y += 4;
    body.push(
      s("line", { x1: 52, x2: 52, y1: y, y2: y + room, class: "axis gap" }),
      text(60, y + room / 2 + 4, "start", "lad-gap", "+" + clock(gap)),
    );
    y += room;
  }
  function step(number) {
    const [what, status] = detail.steps[number];
    const state = status === undefined ? "off" : { done: "good", "not-reached": "off" }[pooled(status)] || "bad";
    y += 4;
    body.push(
      s(
        "g",
        { class: "lad-step" },
        s("rect", { x: 0, y: y - 2, width: LADDER.width, height: 22, rx: 3 }),
        s("circle", { cx: 12, cy: y + 9, r: 4, class: "fill-" + state }),
        text(24, y + 13, "start", "", cut(number + 1 + ". " + pooled(what), 150)),
        s("title", {}, pooled(what)),
      ),
    );
    y += 30;
  }
  function event(at, what) {
    pause(at);
    body.push(
      s(
        "g",
        { class: "lad-event" },
        s("circle", { cx: LADDER.harness, cy: y + 6, r: 3 }),
        text(LADDER.harness + 10, y + 10, "start", "", cut(pooled(what), 106)),
        s("title", {}, pooled(what)),
      ),
    );
    y += 22;
  }
  function packet([, at, sender, fate, frame, number, remark, what]) {
    pause(at);
    const message = number === NO_MESSAGE ? null : detail.messages[number];
    const title = message ? pooled(message[2]) : pooled(what),
      notes = pooled(remark);
    const again = /again/.test(notes);
    const from = sender === 0 ? LADDER.harness : LADDER.device,
      sign = sender === 0 ? 1 : -1;
    const lost = fate === FATE.lost;
    const to = lost
      ? from + sign * (LADDER.device - LADDER.harness) * 0.62
      : sender === 0
        ? LADDER.device
        : LADDER.harness;
    const parts = [];
    const middle = (LADDER.harness + LADDER.device) / 2;
    const top = y;
    y += LADDER.line;
    parts.push(
      s(
        "text",
        { x: middle, y, "text-anchor": "middle", class: "lad-what" },
        title,
        notes ? s("tspan", { class: "lad-remark" }, "   " + notes) : null,
      ),
    );
    if (message)
      for (const line of wrapNotation(pooled(message[3])))
        parts.push(text(middle, (y += LADDER.line), "middle", "lad-payloads", line));
    y += 10;
    parts.push(
      s("line", { x1: from, x2: to - sign * 6, y1: y, y2: y, class: "lad-line" }),
      lost
        ? s("path", { d: "M" + (to - 5) + " " + (y - 5) + "l10 10m0 -10l-10 10", class: "lad-cross" })
        : s("path", { d: "M" + to + " " + y + "l" + -sign * 10 + " -4.5v9z", class: "lad-head" }),
      s("circle", { cx: 52, cy: y, r: 2.5, class: "lad-tick" }),
      text(60, y + 4, "start", "lad-time", clock(at)),
    );
    if (frame) parts.push(text(LADDER.device + 28, y + 4, "start", "lad-time", "frame " + frame));
    const first = again && message ? placeOfMessage.get(firstOf(number)) : undefined;
    const marked = frame && marks.has(frame);
    const css = [
      "lad-packet",
      again ? "again" : "",
      lost ? "lost" : "",
      fate === FATE.injected ? "injected" : "",
      marked ? "marked" : "",
    ].join(" ");
    const label =
      (sender === 0 ? "harness to device: " : "device to harness: ") +
      title +
      (notes ? ", " + notes : "") +
      (frame ? ", frame " + frame : "") +
      ", " +
      clock(at);
    if (message) {
      placeOfMessage.set(number, y);
      parts.unshift(
        s("rect", {
          x: LADDER.harness + 4,
          y: top,
          width: LADDER.device - LADDER.harness - 8,
          height: y - top + 8,
          rx: 4,
          class: "lad-hit",
        }),
      );
      // A bow from the first transmission to this one, beside the sender's line.
      if (first !== undefined)
        parts.push(
          s("path", {
            d:
              "M" +
              from +
              " " +
              first +
              "c" +
              -sign * 26 +
              " 8 " +
              -sign * 26 +
              " " +
              (y - first - 8) +
              " 0 " +
              (y - first),
            class: "lad-bow",
          }),
        );
      body.push(
        s(
          "a",
          { href: "#/s/" + enc(scenario.id) + "?m=" + number, class: css, "data-message": number, "aria-label": label },
          parts,
        ),
      );
    } else {
      body.push(s("g", { class: css, role: "img", "aria-label": label }, parts));
    }
    y += 18;
  }
  /** The first message with the same octets: retransmissions are stored once. */
  const firstOf = (number) =>
    detail.messages.findIndex((one) => one[1] === detail.messages[number][1] && one[2] === detail.messages[number][2]);

  for (const row of detail.rows) {
    if (row[0] === ROW.step) step(row[1]);
    else if (row[0] === ROW.event) event(row[1], row[2]);
    else packet(row);
  }
  const height = y + 10;
  const party = (x, name) => [
    s("rect", { x: x - 84, y: 8, width: 168, height: 27, rx: 5, class: "lad-party" }),
    text(x, 26, "middle", "lad-name", name),
  ];
  return s(
    "svg",
    {
      class: "ladder",
      viewBox: "0 0 " + LADDER.width + " " + height,
      role: "group",
      "aria-label": "Ladder of the messages",
    },
    s("line", { x1: 52, x2: 52, y1: 40, y2: height, class: "axis" }),
    text(52, 30, "middle", "lad-time", "time"),
    [LADDER.harness, LADDER.device].map((x) => s("line", { x1: x, x2: x, y1: 35, y2: height, class: "lad-life" })),
    party(LADDER.harness, "harness"),
    party(LADDER.device, "device under test"),
    body,
  );
}
