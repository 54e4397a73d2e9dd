// Opens every page of a site from its folder, as .ci/pages asks: node check.cjs SITE
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { WIDE, MODES, faults, launch, listen, axe, end } = require("./browser.cjs");

const site = process.argv[2];
const pictures = process.env.PICTURES;
const contents = path.join(site, "index.html");
const documents = fs.readdirSync(path.join(site, "documents")).sort()
  .filter((name) => name.endsWith(".html")).map((name) => path.join(site, "documents", name));
const home = pathToFileURL(site).href;

async function look(browser, file, [width, colorScheme]) {
  // axe is a script, which the pages' own policy would not let in: without it once for axe, with it for all else.
  const name = path.basename(file, ".html");
  const where = `${name}, ${width} px, ${colorScheme}`;
  for (const bypassCSP of [false, true]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP });
    const page = await context.newPage();
    listen(page, where, home);
    await page.goto(pathToFileURL(file).href);

    if (bypassCSP) {
      await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
      await axe(page, where);
    } else {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) faults.push(`${where}: ${wide} px wide`);
      if (pictures) {
        await page.screenshot({ path: path.join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: file === contents });
      }
    }
    await context.close();
  }
}

// The search, by keyboard alone: it takes the focus, answers, and its first answer opens.
async function search(browser) {
  const page = await browser.newPage({ viewport: { width: WIDE, height: 900 } });
  listen(page, "search", home);
  await page.goto(pathToFileURL(contents).href);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.className);
  for (let i = 0; i < 5 && (await focused()) !== "mots"; i += 1) await page.keyboard.press("Tab");
  if ((await focused()) !== "mots") faults.push("search: not reached by Tab");

  const answer = async (typed) => {
    await page.fill("#mots", "");
    await page.keyboard.type(typed);
    return [await page.textContent("#compte"), await page.locator("#trouves a").count()];
  };
  const listed = await page.locator("main section a.document").count();
  const name = await page.locator("main section a.document .zone").last().textContent();
  const [said, found] = await answer(name.toUpperCase());
  if (!/^[0-9]+ document/.test(said) || found < 1 || found > listed) faults.push(`search: ${said}, ${found}`);
  if (pictures) await page.screenshot({ path: path.join(pictures, "recherche.png") });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/documents/);

  await page.goto(pathToFileURL(contents).href);
  const [none, nothing] = await answer("<b>xyzzy");
  if (none !== "Aucun document de ce nom" || nothing) faults.push(`search: ${none}`);
  await page.close();
}

async function withoutScript(browser) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(pathToFileURL(contents).href);
  if (await page.locator("#recherche").isVisible()) faults.push("without a script: a search that does nothing");
  if (!(await page.locator("main section a.document").first().isVisible())) faults.push("without a script: no contents");
  await context.close();
}

(async () => {
  const browser = await launch();
  for (const mode of MODES) await look(browser, contents, mode);
  for (const file of documents) for (const mode of MODES.slice(0, 2)) await look(browser, file, mode);
  await search(browser);
  await withoutScript(browser);
  await browser.close();

  end(`${documents.length + 1} pages`);
})();
