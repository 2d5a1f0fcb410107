// The data of the report: pieces of JSON, and of octets, compressed inside the page.

const pieces = new Map();

function octetsOfBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text);
  const out = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; ++i) out[i] = raw.charCodeAt(i);
  return out;
}

/** The octets of a piece. A piece that is not compressed comes at once, not as a promise: printing does not wait. */
function piece(name) {
  if (pieces.has(name)) return pieces.get(name);
  const element = document.getElementById("d-" + name);
  if (!element) throw new Error('the report has no piece "' + name + '"');
  const octets = octetsOfBase64(element.textContent.trim());
  const out = element.hasAttribute("data-plain")
    ? octets
    : new Response(new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate")))
        .arrayBuffer()
        .then((buffer) => new Uint8Array(buffer));
  element.remove(); // the text is not needed twice
  pieces.set(name, out);
  return out;
}

/** Calls `use` with what `value` is or will be. */
const whenThere = (value, use) => (value instanceof Promise ? value.then(use) : use(value));
const textOf = (octets) => new TextDecoder().decode(octets);

const jsons = new Map();
function json(name) {
  if (!jsons.has(name)) {
    const value = whenThere(piece(name), (octets) => JSON.parse(textOf(octets)));
    jsons.set(name, value);
    if (value instanceof Promise) value.then((there) => jsons.set(name, there));
  }
  return jsons.get(name);
}

/** The report, once its index has been read: see html_index.hpp. */
const report = {};

function readIndex(index) {
  Object.assign(report, index);
  report.scenarios = index.scenarios.map((row, number) => {
    const [rfc, section] = placeOf(row[0]);
    return {
      number,
      id: row[0],
      title: row[1] || row[0],
      status: row[2],
      seconds: row[3],
      tags: row[4],
      reason: row[5],
      detail: row[6],
      rerun: row[7],
      covered: row[8],
      broken: row[9],
      ruleSet: row[10],
      packets: row[11],
      rfc,
      section,
      words: (row[0] + " " + row[1] + " " + row[4].join(" ")).toLowerCase(),
    };
  });
  report.requirements = index.requirements.map((row, number) => {
    const cited = /^RFC (\d+) §(.*)$/.exec(row[1]);
    return {
      number,
      id: row[0],
      citation: row[1],
      level: row[2],
      binds: row[3],
      text: row[4],
      place: row[5],
      status: row[6],
      testability: row[7],
      reason: row[8],
      detail: row[9],
      rfc: cited ? "rfc" + cited[1] : "",
      section: cited ? cited[2] : "",
      words: (row[0] + " " + row[1] + " " + row[2] + " " + row[4]).toLowerCase(),
    };
  });
  report.byId = new Map(report.scenarios.map((one) => [one.id, one]));
  report.requirementById = new Map(report.requirements.map((one) => [one.id, one]));
}

/** Document and section of a scenario, from its place in the suite: "rfc7296/2.05-forward-compatibility/x". */
function placeOf(id) {
  const parts = id.split("/");
  return parts.length > 2 && /^rfc\d+$/.test(parts[0]) ? [parts[0], parts[1]] : ["", ""];
}
const rfcName = (rfc) => (rfc ? "RFC " + rfc.slice(3) : "Other");
const ABBREVIATIONS = {
  eap: "EAP",
  sa: "SA",
  sas: "SAs",
  ike: "IKE",
  nat: "NAT",
  esp: "ESP",
  ppk: "PPK",
  ke: "KE",
  spi: "SPI",
};
Object.assign(ABBREVIATIONS, {
  ipcomp: "IPComp",
  mobike: "MOBIKE",
  tfc: "TFC",
  tls: "TLS",
  eddsa: "EdDSA",
  null: "NULL",
});
Object.assign(ABBREVIATIONS, { ipv6: "IPv6", ipv4: "IPv4", udp: "UDP", tcp: "TCP", iv: "IV", ts: "TS", psk: "PSK" });

/** "2.05-forward-compatibility" as ["2.5", "Forward compatibility"]. */
function sectionName(folder) {
  const [, number, rest] = /^([\d.]*)-?(.*)$/.exec(folder);
  const words = rest
    .split("-")
    .map((word) => ABBREVIATIONS[word] || word)
    .join(" ");
  const section = number
    .split(".")
    .map((part) => (part ? String(Number(part)) : part))
    .join(".");
  return [section, words.charAt(0).toUpperCase() + words.slice(1)];
}

const statusName = (status) => report.statuses[status][0];
const statusBadge = (status) => badge(statusName(status), report.statuses[status][1]);
const placeBadge = (place) => badge(report.places[place][0], report.places[place][1]);
const isFailure = (scenario) => statusName(scenario.status) === "fail" || statusName(scenario.status) === "error";
const brokenRules = (scenario) => scenario.broken.filter((one) => statusName(one[1]) === "fail").length;

/** How many of each, in the order of the report's statuses or places: [[name, tone, count]...]. */
function countBy(kinds, items, kindOf) {
  const counts = kinds.map(() => 0);
  for (const item of items) ++counts[kindOf(item)];
  return kinds.map(([name, tone], i) => [name, tone, counts[i]]);
}

/** Text of the pool by number, once json("pool") is there. */
const pooled = (number) => jsons.get("pool").texts[number];

/** A scenario's detail with the octets of its piece: {detail, octets}. */
function detailOf(scenario) {
  const name = String(Math.floor(scenario.number / report.piece));
  const read = (octets) => {
    const length = new DataView(octets.buffer, octets.byteOffset).getUint32(0, true);
    if (!jsons.has("piece " + name)) jsons.set("piece " + name, JSON.parse(textOf(octets.subarray(4, 4 + length))));
    return { detail: jsons.get("piece " + name)[scenario.number % report.piece], octets: octets.subarray(4 + length) };
  };
  return whenThere(json("pool"), () => whenThere(piece(name), read));
}

/** Scenarios that say something of a requirement, with status and frames: those made for it, and those where a rule
    for every message looked at it. */
function testsOf(requirement) {
  const out = { covering: [], watching: [], held: [] };
  const holds = report.rule_sets.map((set) => set.includes(requirement.number));
  for (const scenario of report.scenarios) {
    for (const [list, into] of [
      [scenario.covered, out.covering],
      [scenario.broken, out.watching],
    ])
      for (const [number, status, frames] of list)
        if (number === requirement.number) into.push({ scenario, status, frames });
    if (holds[scenario.ruleSet]) out.held.push(scenario);
  }
  return out;
}
