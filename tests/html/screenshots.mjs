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
  await shot(name("report"), "#/", { colorScheme });
  await shot(name("report-failure"), at(failed), {
    colorScheme,
    height: 1000,
    act: (page) =>
      page
        .locator(".panel")
        .scrollIntoViewIfNeeded()
        .then(() => page.evaluate(() => scrollTo(0, 0))),
  });
  await shot(name("report-message"), at(failed), {
    colorScheme,
    height: 900,
    act: (page) => page.evaluate(() => document.querySelector(".panel").scrollIntoView()),
  });
  await shot(name("report-ladder"), at(other), {
    colorScheme,
    height: 1000,
    act: (page) => page.evaluate(() => document.querySelector(".ladderbox").scrollIntoView()),
  });
  await shot(name("report-requirements"), "#/requirements", { colorScheme });
  await shot(name("report-scenarios"), "#/scenarios", { colorScheme });
  await shot(name("report-capabilities"), "#/x/capabilities", { colorScheme });
}
await browser.close();
