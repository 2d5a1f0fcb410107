// Building elements. Everything that is shown goes through here, as text: no string is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (name === "class") element.setAttribute("class", value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const $ = (selector, inside) => (inside || document).querySelector(selector);
const $$ = (selector, inside) => Array.from((inside || document).querySelectorAll(selector));

const plural = (count, one, many) => count + " " + (count === 1 ? one : many || one + "s");
const seconds = (value) => (value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2)) + " s";
const hex = (value, digits) => value.toString(16).padStart(digits, "0");

/** What screen readers are told without a change of focus. */
function say(text) {
  $("#said").textContent = text;
}

const badge = (text, tone) => h("span", { class: "badge " + tone }, text);

/** A bar whose parts are links: [[name, tone, count, address]...]. */
function partsBar(parts, label) {
  const shown = parts.filter((part) => part[2] > 0);
  return h(
    "div",
    { class: "bar", role: "img", "aria-label": label + ": " + shown.map((p) => p[2] + " " + p[0]).join(", ") },
    shown.map(([name, tone, count]) =>
      h("span", { class: tone, style: "flex-grow:" + count, title: count + " " + name }),
    ),
  );
}

/** A line that is to be typed, with a button that copies it. */
function commandLine(text) {
  const button = h(
    "button",
    { type: "button", class: "copy", "aria-label": "Copy the command", on: { click: copy } },
    "Copy",
  );
  async function copy() {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch (refused) {
      done = copyBySelection(text);
    }
    button.textContent = done ? "Copied" : "Select and copy by hand";
    say(button.textContent);
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1500);
  }
  return h("div", { class: "command" }, h("code", {}, text), button);
}

/** The clipboard interface is for secure contexts; a file opened from disk is none in some browsers. */
function copyBySelection(text) {
  const area = h("textarea", { class: "unseen" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** Notation such as N(UNSUPPORTED_CRITICAL_PAYLOAD) may be broken behind its own marks, not anywhere. */
const breakable = (text) => text.split(/(?<=[_/])/).map((part, i) => (i ? [h("wbr", {}), part] : part));
