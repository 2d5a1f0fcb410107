// A message taken apart: the fields as a tree, the octets beside it, what is wrong marked in both.

const M = {
  frame: 0,
  sender: 1,
  title: 2,
  payloads: 3,
  protection: 4,
  at: 5,
  size: 6,
  kept: 7,
  trees: 8,
  plainAt: 9,
  plainSize: 10,
  inner: 11,
  faults: 12,
  way: 13,
};
const T = { name: 0, offset: 1, size: 2, mask: 3, value: 4, fault: 5, children: 6 };
const SHOWN = 32;

/** Octets for show: `kept` of `size` are there, the rest is in the capture. */
const region = (octets, at, size, kept, label) => ({
  octets: octets.subarray(at, at + kept),
  size,
  kept,
  label,
  cells: [],
});

function valueOf(node, offset, place) {
  if (node[T.value] !== -1) return pooled(node[T.value]);
  if (offset + node[T.size] > place.kept) return plural(node[T.size], "octet") + ", in the capture";
  const shown = place.octets.subarray(offset, offset + Math.min(SHOWN, node[T.size]));
  return (
    Array.from(shown, (octet) => hex(octet, 2)).join("") +
    (node[T.size] > SHOWN ? "… (" + node[T.size] + " octets)" : "")
  );
}

/** The payloads of a region as nodes with their place: {name, value, fault, offset, size, mask, children, place, parent}. */
function nodesOf(list, place) {
  const trees = jsons.get("pool").trees;
  const make = (tree, origin, parent) => {
    const offset = origin + tree[T.offset];
    const node = {
      name: pooled(tree[T.name]),
      value: valueOf(tree, offset, place),
      fault: pooled(tree[T.fault]),
      offset,
      size: tree[T.size],
      mask: tree[T.mask],
      place,
      parent,
      wrong: false,
    };
    node.children = (tree[T.children] || []).map((child) => make(child, origin, node));
    return node;
  };
  const out = [];
  for (let i = 0; i < list.length; i += 2) out.push(make(trees[list[i]], list[i + 1], null));
  return out;
}

function hexView(place) {
  const rows = [];
  for (let at = 0; at < place.kept; at += 16) {
    const row = [h("span", { class: "at" }, hex(at, 4))];
    const letters = h("span", { class: "letters" });
    for (let i = at; i < at + 16; ++i) {
      if (i >= place.kept) {
        row.push(h("b", { class: "none" }, "  "));
        continue;
      }
      const octet = place.octets[i];
      const digit = h("b", {}, hex(octet, 2)),
        letter = h("i", {}, octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : "·");
      place.cells[i] = [digit, letter];
      row.push(digit);
      letters.append(letter);
    }
    rows.push(h("div", { class: "hexrow" }, row, letters));
  }
  return h(
    "div",
    { class: "hexview", role: "group", "aria-label": place.label },
    h("h4", {}, place.label, h("small", {}, plural(place.size, "octet"))),
    rows,
    place.kept < place.size
      ? h(
          "p",
          { class: "faint" },
          plural(place.size - place.kept, "encrypted octet") +
            " are in the capture alone; what was in them stands below.",
        )
      : null,
  );
}

function light(node, css, on) {
  for (let i = node.offset; i < node.offset + node.size; ++i)
    for (const cellElement of node.place.cells[i] || []) cellElement.classList.toggle(css, on);
}

/** The tree as its pattern of ARIA asks: one stop of the Tab key, arrows inside. */
function treeView(nodes, label) {
  const tree = h("div", { role: "tree", class: "fields", "aria-label": label });
  const wrongBelow = (node) => node.wrong || node.fault || node.children.some(wrongBelow);
  const item = (node, level) => {
    const folds = node.children.length > 0,
      open = folds && wrongBelow(node);
    const line = h(
      "div",
      { class: "line" },
      h("span", { class: "offset" }, node.offset),
      h("span", { class: "fold" }, folds ? "›" : ""),
      h("span", { class: "field" }, node.name),
      h("span", { class: "value" }, node.value, node.fault ? h("em", {}, node.fault) : null),
    );
    const element = h(
      "div",
      {
        role: "treeitem",
        "aria-level": level,
        tabindex: "-1",
        "aria-expanded": folds ? String(open) : null,
        class: "node" + (node.wrong || node.fault ? " wrong" : ""),
      },
      line,
    );
    let group = null;
    const unfold = () => {
      if (!group)
        element.append(
          (group = h(
            "div",
            { role: "group" },
            node.children.map((child) => item(child, level + 1)),
          )),
        );
      element.setAttribute("aria-expanded", "true");
    };
    const fold = () => element.setAttribute("aria-expanded", "false");
    if (open) unfold();
    element.unfold = unfold;
    element.fold = fold;
    line.addEventListener("click", () => {
      choose(element);
      if (folds) element.getAttribute("aria-expanded") === "true" ? fold() : unfold();
    });
    line.addEventListener("mouseenter", () => light(node, "lit", true));
    line.addEventListener("mouseleave", () => light(node, "lit", false));
    element.addEventListener("focus", () => {
      light(node, "lit", true);
      node.place.cells[node.offset]?.[0].scrollIntoView({ block: "nearest" });
    });
    element.addEventListener("blur", () => light(node, "lit", false));
    return element;
  };
  const visible = () =>
    $$("[role=treeitem]", tree).filter((one) => !one.parentElement.closest("[aria-expanded=false]"));
  function choose(element) {
    for (const one of $$("[tabindex='0']", tree)) one.tabIndex = -1;
    element.tabIndex = 0;
    element.focus();
  }
  tree.append(...nodes.map((node) => item(node, 1)));
  const first = $("[role=treeitem]", tree);
  if (first) first.tabIndex = 0;
  tree.addEventListener("keydown", (event) => {
    const here = document.activeElement.closest("[role=treeitem]");
    if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = visible(),
      at = all.indexOf(here),
      open = here.getAttribute("aria-expanded");
    const moves = {
      ArrowDown: () => all[at + 1],
      ArrowUp: () => all[at - 1],
      Home: () => all[0],
      End: () => all[all.length - 1],
      ArrowRight: () =>
        open === "false" ? (here.unfold(), here) : open === "true" ? $("[role=treeitem]", here) : null,
      ArrowLeft: () => (open === "true" ? (here.fold(), here) : here.parentElement.closest("[role=treeitem]")),
      Enter: () => {
        if (open) open === "true" ? here.fold() : here.unfold();
        return here;
      },
    };
    moves[" "] = moves.Enter;
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    const next = moves[event.key]();
    if (next) choose(next);
  });
  return tree;
}

function drawMessage(view, number) {
  const { detail, octets, marks } = view;
  const one = detail.messages[number];
  const outer = region(octets, one[M.at], one[M.size], one[M.kept], "The message as it was sent");
  const inner = one[M.plainSize]
    ? region(octets, one[M.plainAt], one[M.plainSize], one[M.plainSize], "Inside SK, decrypted")
    : null;
  const nodes = nodesOf(one[M.trees], outer),
    inside = inner ? nodesOf(one[M.inner], inner) : [];
  const broken = one[M.frame] ? marks.get(one[M.frame]) || [] : [];
  markOffending(broken, nodes, inside);
  const views = [hexView(outer), inner ? hexView(inner) : null];
  const paint = (node) => {
    if (node.wrong || (node.fault && node.children.length === 0)) light(node, "wrong", true);
    node.children.forEach(paint);
  };
  nodes.forEach(paint);
  inside.forEach(paint);
  return [
    h(
      "header",
      {},
      h("h3", {}, pooled(one[M.title])),
      h("span", {}, one[M.sender] === 0 ? "harness → device" : "device → harness"),
      h("span", { class: "mono" }, pooled(one[M.way])),
      one[M.frame] ? h("span", {}, "frame " + one[M.frame]) : h("span", {}, "not in the capture"),
      h("span", {}, plural(one[M.size], "octet")),
      h("span", {}, "protection: " + pooled(one[M.protection])),
      h("button", { type: "button", class: "quiet", on: { click: () => current.select(null, true) } }, "Close"),
    ),
    h("p", { class: "notation" }, pooled(one[M.payloads])),
    broken.length
      ? h(
          "ul",
          { class: "breaks" },
          broken.map((requirement) =>
            h(
              "li",
              {},
              badge("breaks", "bad"),
              " ",
              h("a", { href: requirementAddress(requirement) }, requirement.id),
              " ",
              requirement.text,
            ),
          ),
        )
      : null,
    one[M.faults].length
      ? h(
          "ul",
          { class: "breaks" },
          one[M.faults].map((fault) => h("li", {}, badge("malformed", "bad"), " ", pooled(fault))),
        )
      : null,
    h(
      "div",
      { class: "apart" },
      h(
        "div",
        {},
        treeView(nodes, "Fields of the message"),
        inside.length
          ? [h("h4", {}, "Inside SK"), treeView(inside, "Fields inside SK")]
          : inner === null && pooled(one[M.protection]) === "opened"
            ? h("p", { class: "faint" }, "SK holds no payload.")
            : null,
      ),
      h("div", { class: "hexes" }, views),
    ),
  ];
}

/** Shows the message {m} or {frame}, or none. */
function selectMessage(view, panel, wanted, moveFocus) {
  const number = !wanted
    ? -1
    : wanted.m !== undefined
      ? wanted.m
      : view.detail.messages.findIndex((one) => one[M.frame] === wanted.frame);
  for (const link of $$(".lad-packet.chosen")) link.classList.remove("chosen");
  panel.replaceChildren();
  panel.hidden = number < 0 || !view.detail.messages[number];
  const mark = () => $(".lad-packet[data-message='" + number + "']")?.classList.add("chosen");
  if (panel.hidden) return;
  panel.append(...drawMessage(view, number).flat().filter(Boolean));
  mark();
  queueMicrotask(mark); // the ladder may only now be on the page
  if (moveFocus) {
    panel.scrollIntoView({ block: "start" });
    panel.focus({ preventScroll: true });
  }
}
