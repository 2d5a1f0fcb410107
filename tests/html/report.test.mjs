import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { build, ikevet, launch, open, ready, samples, scratch } from "./browser.mjs";

const CRITICAL = "rfc7296/2.05-forward-compatibility/critical-unknown-payload";
let browser, at, files;

before(async () => {
  at = scratch();
  files = samples(at.folder);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  at?.remove();
});

const texts = (page, selector) => page.locator(selector).allTextContents();

test("the first page says what the device is worth, failures first", async () => {
  const { page, wrong, close } = await open(browser, files.sample);
  assert.equal(await page.locator("h1").textContent(), "ACME Gateway 9000, firmware 7.1");
  assert.match(await page.locator(".headline").textContent(), /tested requirements (is|are) broken/);
  const heads = await texts(page, "main h2");
  assert.deepEqual(heads.slice(0, 3), ["Failures", "Waived", "Without conclusion"]);
  assert.match(await page.locator(".card").first().textContent(), /Expected.*Actual.*ikevet run rfc7296/s);
  assert.match(await page.locator(".verdict").textContent(), /requirements known, \d+ can be seen from outside/);
  assert.deepEqual(wrong, []);
  await close();
});

test("every page of every tab can be drawn, and nothing is asked of anybody", async () => {
  const { page, wrong, go, close } = await open(browser, files.sample);
  const tabs = await page.locator("#bar nav a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.ok(tabs.includes("#/x/capabilities"));
  await go("#/scenarios");
  const scenarios = await page.locator("a.row").evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  await go("#/requirements");
  const requirements = await page
    .locator("a.row")
    .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
  assert.equal(scenarios.length, 5);
  for (const address of [...tabs, ...scenarios, ...requirements, "#/s/nobody", "#/r/nobody", "#/nowhere"]) {
    await go(address);
    assert.notEqual(await page.evaluate(() => document.documentElement.dataset.ready), "failed", address);
    assert.ok((await page.locator("main h1").textContent()).length > 0, address);
  }
  assert.deepEqual(wrong, []);
  await close();
});

test("search and filters narrow the list, and stand in the address", async () => {
  const { page, go, close } = await open(browser, files.sample, { hash: "#/scenarios" });
  await page.keyboard.press("/");
  await page.keyboard.type("critical");
  await page.waitForFunction(() => document.querySelectorAll("a.row").length === 1);
  assert.match(await page.locator("a.row").textContent(), /Unknown critical payload/);
  assert.match(page.url(), /q=critical/);
  await page.locator("main input[type=search]").fill("");
  await page.waitForFunction(() => document.querySelectorAll("a.row").length === 5);
  await page.getByRole("button", { name: /^fail/ }).click();
  assert.deepEqual(await texts(page, "a.row .badge"), ["fail"]);
  assert.match(await page.locator(".count").textContent(), /^1 of 5/);
  await go("#/scenarios?rfc=rfc7296&section=2.04-liveness");
  assert.equal(await page.locator("a.row").count(), 1);
  assert.equal(await page.locator(".branch[aria-current=true]").count(), 1);
  await go("#/requirements?verdict=not+observable");
  assert.deepEqual(await texts(page, "a.row small"), ["rfc7296-2.12-forget-keys"]);
  await page.reload();
  await ready(page);
  assert.equal(await page.locator("a.row").count(), 1);
  await close();
});

test("a failure unfolds down to its octets", async () => {
  const { page, wrong, close } = await open(browser, files.sample);
  await page.locator(".card", { hasText: "rfc7296-2.5-critical-unknown" }).locator(".where a").click();
  await page.waitForSelector(".panel .fields");
  assert.match(page.url(), new RegExp("#/s/" + CRITICAL));
  assert.equal(await page.locator("svg.ladder").count(), 1);
  assert.equal(await page.locator("a.lad-packet").count(), 6);
  assert.equal(await page.locator("a.lad-packet.marked").count(), 1);
  assert.match(await page.locator(".panel header").textContent(), /INFORMATIONAL response 2.*frame 6/);
  assert.match(await page.locator(".panel .breaks").first().textContent(), /rfc7296/);
  // The X bit that is set: marked in the tree, and in the octets.
  assert.ok((await texts(page, ".node.wrong > .line .field")).includes("Reserved"));
  assert.ok((await page.locator(".hexrow b.wrong").count()) > 0);
  // Another message, by its place in the ladder.
  await page.locator("a.lad-packet").first().click();
  await page.waitForFunction(() => /IKE_SA_INIT request 0/.test(document.querySelector(".panel header").textContent));
  assert.match(await page.locator(".hexview").first().textContent(), /0000/);
  assert.deepEqual(wrong, []);
  await close();
});

test("lost packets and retransmissions stand on the time axis", async () => {
  const { page, close } = await open(browser, files.sample, { hash: "#/s/rfc7296/1.2-initial-exchanges/plain-set-up" });
  assert.equal(await page.locator(".lad-packet").count(), 8);
  assert.equal(await page.locator(".lad-packet.lost .lad-cross").count(), 1);
  assert.equal(await page.locator(".lad-packet.again").count(), 2);
  assert.deepEqual(await texts(page, ".lad-gap"), ["+1.010 s"]);
  assert.ok((await texts(page, ".lad-remark")).some((text) => text.includes("frame 5 again")));
  await close();
});

test("a requirement leads to scenarios and frames, and back", async () => {
  const { page, go, close } = await open(browser, files.sample, { hash: "#/r/rfc7296-2.5-critical-unknown" });
  assert.match(await page.locator("main").textContent(), /RFC 7296 §2\.5/);
  const link = page.locator("table.tests a").first();
  assert.match(await link.getAttribute("href"), new RegExp(CRITICAL));
  await page.locator("table.tests td:nth-child(3) a").first().click();
  await page.waitForSelector(".panel .fields");
  assert.ok(await page.locator(`table.verdicts a[href="#/r/rfc7296-2.5-critical-unknown"]`).count());
  await go("#/requirements");
  const row = await texts(page, ".counts tbody tr:first-child td");
  assert.deepEqual(row.slice(0, 4), ["7", "1", "6", "4"]);
  await close();
});

test("the keyboard alone is enough", async () => {
  const { page, wrong, close } = await open(browser, files.sample);
  await page.keyboard.press("n"); // the first failure
  await page.waitForSelector(".panel .fields");
  assert.match(page.url(), new RegExp(CRITICAL));
  await page.locator(".fields [tabindex='0']").first().focus();
  const where = () => page.evaluate(() => document.activeElement.querySelector(".field").textContent);
  await page.keyboard.press("Home");
  assert.equal(await where(), "HDR");
  if ((await page.evaluate(() => document.activeElement.getAttribute("aria-expanded"))) === "false")
    await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal(await where(), "IKE SA Initiator's SPI");
  assert.equal(await page.locator(".hexrow b.lit").count(), 8);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await where(), "HDR");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-expanded")), "false");
  await page.keyboard.press("m");
  assert.match(
    await page.evaluate(() => document.activeElement.getAttribute("aria-label")),
    /^harness to device: IKE_SA_INIT request 0/,
  );
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /IKE_SA_INIT request 0/.test(document.querySelector(".panel header").textContent));
  await page.keyboard.press("s");
  await page.waitForSelector("a.row");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  assert.equal(
    await page.evaluate(() => Array.from(document.querySelectorAll("a.row")).indexOf(document.activeElement)),
    1,
  );
  await page.keyboard.press("Enter");
  await page.waitForSelector(".crumbs");
  await page.keyboard.press("?");
  assert.ok(await page.locator("#help[open]").isVisible());
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#help[open]").count(), 0);
  assert.deepEqual(wrong, []);
  await close();
});

test("light and dark, as the system has it or as the reader wants it", async () => {
  const shade = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await open(browser, files.sample, { colorScheme: "light" });
  const dark = await open(browser, files.sample, { colorScheme: "dark" });
  const [bright, gloomy] = [await shade(light.page), await shade(dark.page)];
  assert.notEqual(bright, gloomy);
  await dark.page.getByRole("button", { name: "Theme" }).click();
  assert.equal(await shade(dark.page), bright);
  await light.page.keyboard.press("t");
  await light.page.keyboard.press("t");
  assert.equal(await shade(light.page), gloomy);
  await light.close();
  await dark.close();
});

test("what a hostile peer says is shown as text", async () => {
  const { page, wrong, go, close } = await open(browser, files.hostile);
  const count = () =>
    page.evaluate(() => [
      document.querySelectorAll("script:not([type])").length,
      document.querySelectorAll("img, iframe, object, embed, base, form[action]").length,
      window.hostile,
    ]);
  const clean = [1, 0, undefined];
  assert.deepEqual(await count(), clean);
  assert.match(await page.locator("main").textContent(), /<script>alert\(2\)<\/script>/);
  for (const address of [
    "#/scenarios",
    "#/requirements",
    "#/x/capabilities",
    "#/run",
    "#/s/" + CRITICAL,
    "#/s/%3Cimg%20src%3Dx%20onerror%3Dalert(4)%3E",
    "#/r/<img src=x onerror=alert(5)>",
  ]) {
    await go(address);
    assert.deepEqual(await count(), clean, address);
  }
  await go("#/s/" + CRITICAL);
  assert.match(await page.locator("main").textContent(), /alert\(2\)/);
  assert.deepEqual(wrong, []);
  await close();
});

test("without JavaScript the verdict can be read", async () => {
  const { page, close } = await open(browser, files.sample, { javaScriptEnabled: false });
  assert.match(
    await page.locator("main").textContent(),
    /tested requirements (is|are) broken.*rfc7296-2\.5-critical-unknown/s,
  );
  await close();
});

test("a run of the program: small, the same twice, every scenario opens, files beside it", async () => {
  const run = join(at.folder, "run");
  // The families are what a report has most of.
  ikevet(["run", "rfc7296/2.21", "rfc7383", "--out", run, "--jobs", "2"]);
  const html = join(run, "report.html");
  const first = readFileSync(html);
  ikevet(["report", run, "--format", "html"]);
  assert.ok(first.equals(readFileSync(html)), "the report of one run differs from one time to the next");
  const { page, wrong, go, close } = await open(browser, html, { hash: "#/scenarios" });
  const all = await page.evaluate(() => report.scenarios.map((one) => "#/s/" + enc(one.id)));
  // Five megabytes for 1,500 scenarios, without what every report has: script, styles, requirements.
  const each = (statSync(html).size - 400_000) / all.length;
  assert.ok(each < (5_000_000 - 400_000) / 1500, `${Math.round(each)} octets for each of ${all.length} scenarios`);
  for (const address of all.filter((_, i) => i % Math.ceil(all.length / 40) === 0)) {
    await go(address);
    if (await page.locator("a.lad-packet").count()) {
      // Not in the middle of the link: the bow to the first transmission makes that an empty place.
      await page.locator("a.lad-packet").last().locator(".lad-hit").click();
      await page.waitForSelector(".panel .fields");
    }
  }
  const link = await page.locator(".files a", { hasText: "Capture" }).getAttribute("href");
  assert.ok(statSync(join(run, decodeURIComponent(link))).size > 0);
  assert.deepEqual(wrong, []);
  await close();
});

test("printed by Chromium as PDF; without Chromium the reason is said", () => {
  const run = join(at.folder, "small");
  ikevet(["run", "rfc7296/2.4", "--out", run]);
  ikevet(["report", run, "--pdf"], { env: { ...process.env } });
  const pdf = readFileSync(join(run, "report.pdf"), "latin1");
  assert.ok(pdf.startsWith("%PDF-"));
  const pages = Math.max(...Array.from(pdf.matchAll(/\/Count (\d+)/g), (found) => Number(found[1])));
  assert.ok(pages > 3, `${pages} pages`);
  assert.throws(
    () => ikevet(["report", run, "--pdf"], { env: { ...process.env, IKEVET_CHROMIUM: "/nowhere/chromium" } }),
    (error) => error.status === 2 && /Chromium/.test(error.stderr) && /nowhere/.test(error.stderr),
  );
  assert.ok(build);
});

const heavy = process.env.IKEVET_HEAVY ? false : "heavy: IKEVET_HEAVY=1 runs it";
test("1,500 scenarios in under five megabytes, and the last one opens at once", { skip: heavy }, async () => {
  const all = ikevet(["list"], { maxBuffer: 1 << 26 })
    .match(/^\s*rfc\S+/gm)
    .map((id) => id.trim())
    .slice(0, 1500);
  const run = join(at.folder, "heavy");
  ikevet(["run", ...all, "--out", run, "--jobs", "2"], { maxBuffer: 1 << 26 });
  const html = join(run, "report.html");
  assert.ok(statSync(html).size < 5_000_000, `${statSync(html).size} octets`);
  const { page, go, close } = await open(browser, html);
  const last = await page.evaluate(() => "#/s/" + enc(report.scenarios.findLast((one) => one.packets).id));
  await go(last);
  assert.ok(await page.locator(".lad-packet").count());
  await close();
});
