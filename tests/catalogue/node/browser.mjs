// Opens pages of the catalogue in Chromium: from files and from a server with a strict policy, in light and dark, on
// a phone. The task comes on standard input, the verdict goes to standard output.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
};
const PHONE = { width: 360, height: 740, isMobile: true, hasTouch: true };
const DESK = { width: 1280, height: 900 };

const task = JSON.parse(readFileSync(0, "utf8"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const faults = [];
let searches = 0;

function serve(folder) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://host").pathname));
    try {
      const body = await readFile(join(folder, path.endsWith("/") ? `${path}index.html` : path));
      const type = TYPES[extname(path)] ?? "text/html; charset=utf-8";
      response.writeHead(200, {
        "Content-Type": type,
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

// A tab that tells what goes wrong in it.
async function tab(browser, origin) {
  const page = await browser.newPage();
  let name = "";
  const fault = (what) => faults.push(`${name} from ${origin.split(":")[0]}: ${what}`);
  page.on("console", (message) => ["error", "warn"].includes(message.type()) && fault(message.text()));
  page.on("pageerror", (error) => fault(error.message));
  page.on("requestfailed", (request) => fault(`${request.url()} failed: ${request.failure()?.errorText}`));
  page.on("response", (response) => response.status() >= 400 && fault(`${response.url()}: ${response.status()}`));
  page.on("request", (request) => request.url().startsWith(origin) || fault(`asks for ${request.url()}`));
  const open = async (path) => {
    name = path;
    await page.goto(origin + path.split("/").map(encodeURIComponent).join("/"), { waitUntil: "load" });
  };
  return { page, open, fault };
}

async function accessible(page, fault, scheme) {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    // Preloading style sheets would fetch them, which no page from a file may.
    const run = { preload: false, resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] };
    const found = await window.axe.run(document, run);
    return found.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, html: nodes[0].html }));
  });
  for (const { id, impact, help, html } of violations) {
    if (["serious", "critical"].includes(impact)) fault(`${scheme}: ${id} (${impact}): ${help}: ${html.slice(0, 160)}`);
  }
}

async function fitsPhone(page, fault) {
  await page.setViewport(PHONE);
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return null;
    const scrolls = (it) => it && it !== document.body && (getComputedStyle(it).overflowX !== "visible" || scrolls(it.parentElement));
    const sticksOut = (it) => it.getBoundingClientRect().right > width + 1 && !scrolls(it.parentElement);
    return [...document.body.querySelectorAll("*")].find(sticksOut)?.outerHTML.slice(0, 160) ?? "something";
  });
  if (wide) fault(`scrolls sideways on a phone: ${wide}`);
}

async function picture(page, path, kind) {
  if (!task.screenshots) return;
  const name = `${path.replaceAll("/", "_").replace(/\.html$/, "")}.${kind}.png`;
  await page.screenshot({ path: join(task.screenshots, name) });
}

// A rule is found by its title, and by a value that no other rule looks for, if it has one.
async function search(page, open, fault) {
  await page.setViewport(DESK);
  for (const rule of task.rules) {
    await open(rule);
    const { title, value } = await page.evaluate(() => {
      const alone = [...document.querySelectorAll("td.value .pair")].find((pair) => !pair.querySelector(".count"));
      return { title: document.querySelector("h1").textContent, value: alone?.querySelector("code").textContent };
    });
    for (const query of [title, value].filter(Boolean)) {
      await open("index.html");
      await page.type("#query", query);
      const isFound = (wanted) =>
        [...document.querySelectorAll("#results a")].some((link) => link.textContent.includes(wanted));
      await page
        .waitForFunction(isFound, { timeout: 10_000 }, title)
        .catch(() => fault(`the search for ${query} does not find ${title}`));
      searches += 1;
    }
  }
}

const server = await serve(task.site);
const browser = await puppeteer.launch({
  executablePath: task.chromium,
  // Chromium refuses its sandbox to root, as whom containers run.
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  const origins = [`${pathToFileURL(task.site)}/`, `http://127.0.0.1:${server.address().port}/`];
  for (const [at, origin] of origins.entries()) {
    const { page, open, fault } = await tab(browser, origin);
    for (const path of task.pages) {
      await page.setViewport(DESK);
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
      await open(path);
      if (at > 0) continue;
      for (const scheme of ["light", "dark"]) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
        await accessible(page, fault, scheme);
        await picture(page, path, scheme);
      }
      await fitsPhone(page, fault);
      await picture(page, path, "phone");
    }
    await search(page, open, fault);
    await page.close();
  }
} finally {
  await browser.close();
  server.close();
}
const summary = `${task.pages.length} pages opened from files and from a server, ${searches} searches made`;
process.stdout.write(JSON.stringify({ summary, faults }));
