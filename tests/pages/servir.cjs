// Goes through the pages of the local server as somebody does who has a keyboard alone, with a script and without, and looks at each page
// and state, as .ci/pages asks: node servir.cjs PROGRAM STORE FOLDER
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { spawn } = require("node:child_process");
const { WIDE, MODES, faults, launch, listen, axe, end } = require("./browser.cjs");

const [program, store, folder] = process.argv.slice(2);
const pictures = process.env.PICTURES;
// The guide shows these, as they are looked at here.
const guide = process.env.GUIDE;
const SHOWN = ["accueil", "deposer", "livraison-refusee", "historique", "indicateur", "bilan", "definitif", "accessibilite"];
// A machine that does other work is slow.
const PATIENCE = 240000;
const html = path.join(folder, "html");
const seen = new Set();

// Starts the server over an empty store of its own; its address is the first line that it writes.
async function serve(name) {
  const cwd = path.join(folder, name);
  fs.mkdirSync(cwd, { recursive: true });
  const env = { ...process.env, MEDICOBUS_CACHE: path.join(cwd, "cache"), TMPDIR: cwd };
  const server = spawn(program, ["servir", "--aujourdhui", "2026-11-01"], { cwd, env, stdio: ["ignore", "pipe", "ignore"] });
  const address = await new Promise((done, failed) => {
    server.stdout.once("data", (bytes) => done(String(bytes).trim()));
    server.once("exit", (code) => failed(new Error(`servir: code ${code}`)));
  });
  return { server, address, origin: new URL(address).origin };
}

// Looks at an address in each width and colour, after `act` where its state needs one.
async function look(browser, state, name, address, { act, modes = MODES, stays = true } = {}) {
  seen.add(name);
  const url = new URL(address, state.origin).href;
  const one = async ([width, colorScheme], again) => {
    const where = `${name}, ${width} px, ${colorScheme}`;
    // axe is a script, which the pages' own policy would not let in: without it once for axe, with it for all else.
    for (const bypassCSP of again ? [true] : [false, true]) {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP, storageState: state.storage });
      const page = await context.newPage();
      listen(page, where, state.origin);
      page.setDefaultTimeout(PATIENCE);
      // What comes to an end by itself is held while it is looked at.
      if (!stays) await page.route("**/flux", (route) => route.fulfill({ status: 204 }));
      await page.goto(url);
      if (act) await act(page);
      if (!stays && page.url() !== url) {
        faults.push(`${where}: it was over before it was seen`);
        await context.close();
        continue;
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) faults.push(`${where}: ${wide} px wide`);
      if (bypassCSP) {
        await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
        await axe(page, where);
      } else {
        if (guide && SHOWN.includes(name) && width === WIDE && colorScheme === "light") {
          await page.screenshot({ path: path.join(guide, `servir-${name}.png`) });
        }
        if (pictures) await page.screenshot({ path: path.join(pictures, `servir-${name}-${width}-${colorScheme}.png`), fullPage: width === WIDE });
      }
      await context.close();
    }
  };
  // The policy is the same in any width and colour: two of them are enough for it.
  await Promise.all(modes.slice(0, 2).map((mode) => one(mode, false)));
  await Promise.all(modes.slice(2).map((mode) => one(mode, true)));

  // As the server writes it, for the Nu checker.
  const context = await browser.newContext({ javaScriptEnabled: false, storageState: state.storage });
  const page = await context.newPage();
  const answer = await page.goto(url);
  if (act) await act(page);
  const text = act ? await page.content() : await answer.text();
  fs.writeFileSync(path.join(html, `${name}.html`), text);
  await context.close();
}

// Presses Tab until that element has the focus, which must be seen at each stop.
async function tabTo(page, selector, where) {
  for (let i = 0; i < 150; i += 1) {
    await page.keyboard.press("Tab");
    const [found, visible] = await page.evaluate((wanted) => {
      const focused = document.activeElement;
      const style = getComputedStyle(focused);
      const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
      return [focused.matches(wanted), outlined || focused === document.body];
    }, selector);
    if (!visible) faults.push(`${where}: the focus is not seen on the way to ${selector}`);
    if (found) return;
  }
  throw new Error(`${where}: ${selector} is not reached by Tab`);
}

// Opens a link or presses a button by keyboard, and waits for the page where it leads.
async function press(page, selector, where) {
  await tabTo(page, selector, where);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

// Waits for work to end: by itself with a script, by its link without.
async function through(page, scripted, where) {
  for (let i = 0; i < 60 && page.url().includes("/travaux/"); i += 1) {
    if (scripted) await page.waitForURL((url) => !url.pathname.startsWith("/travaux/"), { timeout: PATIENCE });
    else await press(page, "a[href*=attendre]", where);
  }
}

async function choose(page, selector, files, where) {
  await tabTo(page, selector, where);
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Space")]);
  await chooser.setFiles(files);
}

// Deposit, load, comment, draft, download; `stop` is called in each state.
async function walk(browser, name, scripted, stop) {
  const state = await serve(name);
  const context = await browser.newContext({ viewport: { width: WIDE, height: 900 }, javaScriptEnabled: scripted, acceptDownloads: true });
  const page = await context.newPage();
  listen(page, name, state.origin);
  page.setDefaultTimeout(PATIENCE);
  try {
    await page.goto(state.address);
    state.storage = await context.storageState();
    await stop(state, "vide");

    for (const delivery of ["2024", "2025", "centre"]) {
      await page.goto(`${state.origin}/`);
      await press(page, "nav a[href='/deposer']", name);
      const source = path.join(store, delivery);
      if (scripted) {
        await tabTo(page, ".depose button", name);
        const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
        await Promise.all([page.waitForNavigation(), chooser.setFiles(source)]);
      } else {
        await choose(page, "#fichiers", fs.readdirSync(source).map((file) => path.join(source, file)), name);
        await press(page, "#depot button[type=submit]", name);
      }
      await through(page, scripted, name);
      if (delivery === "2025") await stop(state, "acceptee", page.url());
      await tabTo(page, "#personne", name);
      await page.keyboard.press("Control+a");
      await page.keyboard.type("Camille Essai");
      await press(page, "form[action$=charger] button", name);
      await through(page, scripted, name);
      if (!(await page.textContent("main")).includes("chargée, version")) faults.push(`${name}: ${delivery} is not loaded`);
      if (delivery === "2025") await stop(state, "chargee", page.url());
    }

    await page.goto(`${state.origin}/bilan/region-28/2025`);
    await press(page, "a[href$='/commentaire/activite']", name);
    await tabTo(page, "#texte", name);
    await page.keyboard.type("Une année **pleine**.");
    if (scripted) await page.waitForSelector("#vu strong");
    await press(page, "#commentaire button:not([name])", name);
    if (!(await page.textContent("#chapitres ~ ul")).includes("écrit")) faults.push(`${name}: the comment is not written`);
    await stop(state, "commente");

    await press(page, "form[action$=projet] button", name);
    await through(page, scripted, name);
    if (!(await page.textContent("main")).includes("pleine")) faults.push(`${name}: the comment is not in the draft`);
    await stop(state, "projet", page.url());
    await press(page, ".retour a", name);

    await press(page, "form[action$=definitif] button", name);
    await through(page, scripted, name);
    await stop(state, "prepare", page.url());
    await tabTo(page, "#relu", name);
    await page.keyboard.press("Space");
    await press(page, "form[action*=definitifs] button", name);
    await through(page, scripted, name);
    await stop(state, "publie", page.url());
    await tabTo(page, "a[href$='/pdf']", name);
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    const pdf = fs.readFileSync(await download.path());
    const written = fs.readFileSync(path.join(folder, name, "out", "bilan-28-2025.pdf"));
    if (!pdf.equals(written)) faults.push(`${name}: the PDF is another one`);
  } finally {
    state.server.kill("SIGINT");
    await context.close();
  }
}

// Asks for work by its form, without waiting; returns its address.
async function ask(browser, state, address, form) {
  const answer = await fetch(new URL(address, state.origin), {
    method: "POST",
    redirect: "manual",
    headers: { Origin: state.origin, Cookie: state.storage.cookies.map((c) => `${c.name}=${c.value}`).join("; "), "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form),
  });
  return answer.headers.get("location");
}

// Asks for work and waits for the address of what comes of it.
async function outcome(browser, state, address, form) {
  const work = await ask(browser, state, address, form);
  const context = await browser.newContext({ storageState: state.storage });
  const page = await context.newPage();
  await page.goto(new URL(work, state.origin).href);
  await page.waitForURL((url) => !url.pathname.startsWith("/travaux/"), { timeout: PATIENCE });
  const url = page.url();
  await context.close();
  return url;
}

// The states that the walk passes through, and those beside its way.
function looks(browser) {
  const at = (name, address, options) => (state) => look(browser, state, name, address, options);
  const type = (text, button) => async (page) => {
    await page.fill("#texte", text);
    await Promise.all([page.waitForNavigation(), page.click(button)]);
  };
  const comment = "/bilan/region-28/2025/commentaire/publics";
  const [preview, save] = ["#commentaire button[name=apercu]", "#commentaire button:not([name])"];
  const of = {
    vide: [
      at("accueil-vide", "/"), at("historique-vide", "/historique"), at("indicateurs-vide", "/indicateurs"),
      at("bilans-vide", "/bilan"), at("deposer", "/deposer"), at("accessibilite", "/accessibilite"), at("erreur", "/nulle-part"),
    ],
    commente: [
      at("accueil", "/"), at("historique", "/historique"), at("indicateurs", "/indicateurs"), at("indicateur-choix", "/indicateurs?indicateur=synthese"), at("bilans", "/bilan"),
      at("bilan", "/bilan/region-28/2025"), at("commentaire", "/bilan/region-28/2025/commentaire/activite"),
      at("apercu", comment, { act: type("Une **idée** :\n\n- un\n- deux", preview) }),
      at("commentaire-refuse", comment, { act: type("Appeler le 06 12 34 56 78", save) }),
    ],
  };
  return async (state, name, address) => {
    for (const one of of[name] || []) await one(state);
    if (name === "acceptee") await look(browser, state, "accueil-attente", "/");
    const named = { acceptee: "livraison", chargee: "livraison-chargee", projet: "projet", prepare: "definitif", publie: "definitif-publie" };
    if (named[name]) await look(browser, state, named[name], address);
    if (name !== "commente") return;

    const indicator = { indicateur: "deploiement", zone: "national", annee: "2025", niveau: "region", pas: "" };
    await look(browser, state, "indicateur", await outcome(browser, state, "/indicateurs", indicator));
    const hidden = { indicateur: "consultations_par_mois", zone: "region-28", annee: "2025", niveau: "", pas: "" };
    await look(browser, state, "indicateur-masque", await outcome(browser, state, "/indicateurs", hidden));

    // The last of them waits for its turn long enough to be looked at.
    const zones = ["national", "region-24", "departement-61", "region-28", "departement-14", "region-28", "national"];
    const works = [];
    for (const zone of zones) works.push(await ask(browser, state, `/bilan/${zone}/2025/projet`, {}));
    await look(browser, state, "travail", works.at(-1), { modes: MODES.slice(0, 2), stays: false });
  };
}

// A delivery that is refused, beside the walk.
async function refused(browser) {
  const state = await serve("refusee");
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(state.address);
  state.storage = await context.storageState();
  const spoilt = path.join(folder, "refusee", "28-2025");
  fs.cpSync(path.join(store, "2025"), spoilt, { recursive: true });
  const table = path.join(spoilt, "consultations.csv");
  fs.writeFileSync(table, fs.readFileSync(table, "utf8").replaceAll("presentiel", "présence"));

  await page.goto(`${state.origin}/deposer`);
  await page.setInputFiles("#fichiers", fs.readdirSync(spoilt).map((file) => path.join(spoilt, file)));
  await Promise.all([page.waitForNavigation(), page.click("#depot button[type=submit]")]);
  await through(page, true, "refusee");
  await look(browser, state, "livraison-refusee", page.url());
  state.server.kill("SIGINT");
  await context.close();
}

(async () => {
  fs.mkdirSync(html, { recursive: true });
  const browser = await launch();
  const ways = [
    () => walk(browser, "sans-script", false, async () => {}),
    () => refused(browser),
    () => walk(browser, "clavier", true, looks(browser)),
  ];
  for (const way of ways) await way().catch((error) => faults.push(error.stack));
  await browser.close();

  end(`${seen.size} pages and states of the local server`);
})();
