// What the pages of a site and those of the local server are looked at with.
"use strict";
const { chromium } = require("playwright-core");

const AXE = require.resolve("axe-core/axe.min.js");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const WIDE = 1280;
const NARROW = 320;
const MODES = [
  [WIDE, "light"],
  [NARROW, "dark"],
  [WIDE, "dark"],
  [NARROW, "light"],
];
const faults = [];

const launch = () => chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

// What a page does that it should not: a script that fails, a policy that is broken, something asked of elsewhere than `home`.
function listen(page, where, home) {
  // Asked for only as a key is pressed, a choice of files may open before the browser hands it over: it is asked for from the start.
  page.on("filechooser", () => {});
  page.on("pageerror", (error) => faults.push(`${where}: ${error.message}`));
  page.on("console", (message) => {
    // A page that says what went wrong comes with its status.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(`${where}: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    const why = request.failure().errorText;
    // What was left, or downloaded, is no fault.
    if (why !== "net::ERR_ABORTED") faults.push(`${where}: ${request.url()} does not come: ${why}`);
  });
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${home}/`) && !asked.startsWith("data:")) faults.push(`${where}: asks for ${asked}`);
  });
}

async function axe(page, where) {
  await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(
    (rules) => window.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), RULES);
  for (const violation of found.violations) {
    const nodes = violation.nodes.slice(0, 3).map((node) => `\n    ${node.html.slice(0, 160)}\n    ${node.failureSummary}`);
    faults.push(`${where}: ${violation.id}, ${violation.help} (${violation.nodes.length})${nodes.join("")}`);
  }
}

// Says what was seen and ends, with 1 where something was wrong.
function end(seen) {
  for (const fault of faults) console.error(fault);
  console.log(`${seen}, ${faults.length} faults`);
  process.exit(faults.length ? 1 : 0);
}

module.exports = { WIDE, MODES, faults, launch, listen, axe, end };
