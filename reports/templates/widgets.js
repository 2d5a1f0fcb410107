// Parts that several pages use: addresses, tables, filters, long lists.

const enc = (id) => encodeURIComponent(id).replaceAll("%2F", "/");
const scenarioAddress = (scenario, frame) => "#/s/" + enc(scenario.id) + (frame ? "?frame=" + frame : "");
const requirementAddress = (requirement) => "#/r/" + enc(requirement.id);
const scenarioLink = (scenario, text) => h("a", { href: scenarioAddress(scenario) }, text || scenario.id);

/** Address of a list with its filters: listAddress("scenarios", {verdict: "fail"}). */
function listAddress(page, filters) {
  const query = new URLSearchParams(Object.entries(filters || {}).filter(([, value]) => value)).toString();
  return "#/" + page + (query ? "?" + query : "");
}

const frameLinks = (scenario, frames) =>
  frames.map((frame, i) => [
    i ? ", " : frames.length === 1 ? "frame " : "frames ",
    h("a", { href: scenarioAddress(scenario, frame) }, frame),
  ]);

/** Expected beside actual. */
function comparison(expected, actual, frames) {
  return h(
    "dl",
    { class: "compare" },
    expected ? h("div", { class: "want" }, h("dt", {}, "Expected"), h("dd", {}, breakable(expected))) : null,
    actual
      ? h(
          "div",
          { class: "got" },
          h("dt", {}, "Actual"),
          actualLines(actual),
          frames ? h("dd", { class: "frames" }, frames) : null,
        )
      : null,
  );
}

/** What came, a message on each line; and why it was not what was expected, each difference on its own. */
function actualLines(text) {
  const [came, why] = text.split(/\. not what was expected: |^not what was expected: /);
  const lines = (came || "").split(/; (?=[A-Z][A-Z_0-9]+ (?:request|response) \d)/).filter(Boolean);
  return [
    lines.map((line) => h("dd", {}, breakable(line))),
    why
      ? [
          h("dd", { class: "why" }, "Not what was expected:"),
          why.split(/; (?=frame \d)/).map((line) => h("dd", { class: "why" }, breakable(line))),
        ]
      : null,
  ];
}

/** A list that shows its first rows, and more when asked. */
function longList(container, items, draw, atOnce) {
  let shown = 0;
  const more = h("button", { type: "button", class: "more", on: { click: () => show(true) } });
  const place = h("div", { class: "morebox" }, more);
  function show(moveFocus) {
    const next = items.slice(shown, shown + atOnce).map(draw);
    container.append(...next);
    shown += next.length;
    place.hidden = shown >= items.length;
    more.textContent = "Show " + Math.min(atOnce, items.length - shown) + " more of " + (items.length - shown);
    if (moveFocus && next.length) (next[0].matches("a,button") ? next[0] : $("a,button", next[0]))?.focus();
  }
  show(false);
  return items.length > shown ? place : null;
}

/** A choice among values with their counts; `chosen` is a set. */
function chips(label, options, chosen, changed) {
  return h(
    "div",
    { class: "chips", role: "group", "aria-label": label },
    options.map(([value, tone, count]) => {
      const chip = h(
        "button",
        {
          type: "button",
          class: "chip " + tone,
          "aria-pressed": String(chosen.has(value)),
          on: {
            click: () => {
              if (!chosen.delete(value)) chosen.add(value);
              chip.setAttribute("aria-pressed", String(chosen.has(value)));
              changed();
            },
          },
        },
        value,
        h("i", {}, count),
      );
      return chip;
    }),
  );
}

function choice(label, options, value, changed) {
  const select = h(
    "select",
    { "aria-label": label, on: { change: () => changed(select.value) } },
    h("option", { value: "" }, label),
    options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)),
  );
  return select;
}

/** A search field that calls back once typing pauses. */
function searchField(label, value, changed) {
  let timer;
  const field = h("input", {
    type: "search",
    placeholder: label + "   /",
    "aria-label": label,
    value,
    autocomplete: "off",
    spellcheck: "false",
    on: {
      input: () => {
        clearTimeout(timer);
        timer = setTimeout(() => changed(field.value), 120);
      },
    },
  });
  return field;
}

const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const hasAll = (text, words) => words.every((word) => text.includes(word));

/** Tree of documents and sections with their counts. `groups`: [[rfc, [[section, [parts]]...], [parts]]...]. */
function sectionTree(groups, page, filters) {
  const line = (address, number, name, parts, current) =>
    h(
      "a",
      { class: "branch", href: address, "aria-current": current ? "true" : false },
      h("span", { class: "number" }, number),
      h("span", { class: "name" }, name),
      partsBar(parts, name || number),
      h(
        "span",
        { class: "sum" },
        parts.reduce((sum, part) => sum + part[2], 0),
      ),
    );
  return h(
    "nav",
    { class: "tree-nav", "aria-label": "By RFC and section" },
    line(
      listAddress(page, { ...filters, rfc: "", section: "" }),
      "",
      "All",
      merge(groups.map((group) => group[2])),
      !filters.rfc,
    ),
    groups.map(([rfc, sections, parts]) => {
      const open = filters.rfc === (rfc || "other");
      return [
        line(
          listAddress(page, { ...filters, rfc: rfc || "other", section: "" }),
          "",
          rfcName(rfc),
          parts,
          open && !filters.section,
        ),
        open
          ? h(
              "div",
              { class: "twigs" },
              sections.map(([section, some]) => {
                const [number, name] = sectionName(section);
                return line(
                  listAddress(page, { ...filters, rfc: rfc || "other", section }),
                  number ? "§" + number : "",
                  name,
                  some,
                  filters.section === section,
                );
              }),
            )
          : null,
      ];
    }),
  );
}

function merge(lists) {
  const sums = new Map();
  for (const parts of lists)
    for (const [name, tone, count] of parts) sums.set(name, [name, tone, (sums.get(name)?.[2] || 0) + count]);
  return Array.from(sums.values());
}

/** Items grouped for sectionTree(). */
function grouped(items, kinds, kindOf) {
  const byRfc = new Map();
  for (const item of items) {
    if (!byRfc.has(item.rfc)) byRfc.set(item.rfc, new Map());
    const sections = byRfc.get(item.rfc);
    if (!sections.has(item.section)) sections.set(item.section, []);
    sections.get(item.section).push(item);
  }
  const order = (a, b) => a[0].localeCompare(b[0], "en", { numeric: true });
  return Array.from(byRfc)
    .sort((a, b) => Number(a[0].slice(3)) - Number(b[0].slice(3)))
    .map(([rfc, sections]) => [
      rfc,
      Array.from(sections)
        .sort(order)
        .map(([section, some]) => [section, countBy(kinds, some, kindOf)]),
      countBy(kinds, Array.from(sections.values()).flat(), kindOf),
    ]);
}
