// Chromium by Playwright, and the reports to look at.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

export const build = process.env.IKEVET_BUILD;
export const ikevet = (args, options = {}) =>
  execFileSync(join(build, "bin", "ikevet"), args, { stdio: "pipe", encoding: "utf8", ...options });

export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), "ikevet-html."));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A run with verdicts of every kind, and the same with a hostile peer's words in every text of it. */
export function samples(folder) {
  const sample = join(folder, "sample.html"),
    hostile = join(folder, "hostile.html");
  execFileSync(join(build, "tests", "unit_reports"), ["[html]"], {
    stdio: "pipe",
    env: { ...process.env, IKEVET_SAMPLE_HTML: sample, IKEVET_HOSTILE_HTML: hostile },
  });
  return { sample, hostile };
}

export const launch = () =>
  chromium.launch({
    executablePath: process.env.IKEVET_CHROMIUM || "/usr/bin/chromium",
    args: process.getuid() === 0 ? ["--no-sandbox", "--disable-gpu"] : ["--disable-gpu"],
  });

/** A page that writes down whatever goes wrong in it, and whatever it asks for. */
export async function open(browser, file, { hash = "", ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  context.setDefaultTimeout(90_000); // a busy machine is no failure
  const page = await context.newPage();
  const wrong = [];
  const own = pathToFileURL(file).href;
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) wrong.push("console: " + message.text());
  });
  page.on("pageerror", (error) => wrong.push("error: " + error.message));
  page.on("dialog", (dialog) => {
    wrong.push("dialog: " + dialog.message());
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(own) && !request.url().startsWith("data:")) wrong.push("request: " + request.url());
  });
  await page.goto(own + hash);
  if (options.javaScriptEnabled !== false) await ready(page);
  return {
    page,
    wrong,
    go: async (to) => {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, to);
      await ready(page);
    },
    close: () => context.close(),
  };
}

/** The page says when it has drawn what the address asks for. */
export const ready = (page) => page.waitForFunction(() => document.documentElement.dataset.ready);
