// The pictures of docs/: node screenshots.mjs BUILD RUN [SCENARIO [LADDER_SCENARIO]]
// RUN is the folder of a run that has failures; SCENARIO the one to show (default: the first that failed).
import { join, resolve, dirname } from "node:path";
import { fileURLToPath } from "node:url";

const [folder, run, failure, ladder] = process.argv.slice(2);
process.env.IKEVET_BUILD = resolve(folder);
const { launch, open } = await import("./browser.mjs");
const docs = process.env.IKEVET_DOCS || join(dirname(fileURLToPath(import.meta.url)), "../../docs");
const browser = await launch();
const html = resolve(run, "report.html");

async function shot(name, hash, { colorScheme = "light", height = 900, act } = {}) {
  const { page, close } = await open(browser, html, { hash, colorScheme, viewport: { width: 1280, height } });
  if (act) await act(page);
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(docs, name + ".png") });
  await close();
}

const { page, close } = await open(browser, html);
const failed =
  failure || (await page.evaluate(() => report.scenarios.find((one) => isFailure(one) || brokenRules(one))?.id));
const other = ladder || failed;
await close();
const at = (id) => "#/s/" + encodeURIComponent(id).replaceAll("%2F", "/");
for (const colorScheme of ["light", "dark"]) {
  const name = (base) => (colorScheme === "dark" ? base + "-dark" : base);
  const top = (selector) => (page) => page.evaluate((what) => document.querySelector(what).scrollIntoView(), selector);
  await shot(name("report"), "#/", { colorScheme });
  await shot(name("report-failure"), at(failed), { colorScheme, height: 860 });
  await shot(name("report-octets"), at(failed), { colorScheme, height: 700, act: top(".panel") });
  await shot(name("report-ladder"), at(other), { colorScheme, height: 860, act: top(".ladderbox") });
}
await shot("report-requirements", "#/requirements");
await shot("report-capabilities", "#/x/capabilities");
await browser.close();
