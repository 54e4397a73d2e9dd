"use strict";
// What pages do better with a script: a whole folder at once, progress as it goes. Each of them does without.

// Sends the files that were dropped or chosen, says how much has left, and goes where the answer is.
(() => {
  const form = document.getElementById("depot");
  if (!form) return;
  const [input, said] = [document.getElementById("fichiers"), document.getElementById("envoi")];
  const most = Number(form.dataset.tailleMax);
  const place = input.parentElement;

  const send = (files) => {
    const size = files.reduce((sum, [, file]) => sum + file.size, 0);
    if (!files.length || size > most) {
      said.textContent = files.length
        ? `Ces fichiers dépassent ${Math.round(most / 1048576)} Mio : envoyez une archive ZIP, ou relancez « medicobus servir » avec --taille-max.`
        : "Aucun fichier n’a été choisi.";
      return;
    }
    const data = new FormData(form);
    data.delete("fichiers");
    data.delete("dossier");
    for (const [path, file] of files) data.append("fichiers", file, path);

    const request = new XMLHttpRequest();
    let told = -1;
    request.upload.addEventListener("progress", (event) => {
      // A screen reader is told each tenth, not each packet.
      const tenth = Math.floor(10 * event.loaded / event.total);
      if (tenth > told) said.textContent = `${10 * tenth} % envoyés`;
      told = Math.max(told, tenth);
    });
    request.addEventListener("load", () => {
      if (request.status < 400) { location.assign(request.responseURL); return; }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const why = [...page.querySelectorAll("[role=alert] p")].map((p) => p.textContent);
      said.textContent = why.join(" ") || "La livraison n’est pas reçue.";
    });
    request.addEventListener("error", () => { said.textContent = "L’envoi s’est interrompu : le serveur tourne-t-il encore ?"; });
    request.open("POST", form.action);
    request.send(data);
  };

  const chosen = (field) => [...field.files].map((file) => [file.webkitRelativePath || file.name, file]);

  // A folder, by a button of its own: a field for files takes no folder.
  const folder = document.createElement("input");
  folder.type = "file";
  folder.name = "dossier";
  folder.webkitdirectory = true;
  folder.hidden = true;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "second";
  button.textContent = "Choisir un dossier entier";
  button.addEventListener("click", () => folder.click());
  folder.addEventListener("change", () => send(chosen(folder)));
  const line = document.createElement("p");
  line.append(button, folder);
  place.append(line);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(chosen(input));
  });

  // All files below what was dropped, by their path in it.
  const below = async (entry, path) => {
    if (entry.isFile) {
      const file = await new Promise((done, failed) => entry.file(done, failed));
      return [[path + entry.name, file]];
    }
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return found;
      for (const one of some) found.push(...await below(one, `${path}${entry.name}/`));
    }
  };
  place.addEventListener("dragover", (event) => { event.preventDefault(); place.classList.add("survol"); });
  place.addEventListener("dragleave", () => place.classList.remove("survol"));
  place.addEventListener("drop", async (event) => {
    event.preventDefault();
    place.classList.remove("survol");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    const files = [];
    for (const entry of entries) files.push(...await below(entry, ""));
    send(files);
  });
})();

// Follows work that goes on, and goes where it led.
(() => {
  const work = document.getElementById("travail");
  if (!work) return;
  const said = document.getElementById("avancement");
  const stages = [...work.querySelectorAll(".etapes li")];
  const words = [["fait", "conforme"], ["en cours", "info"], ["à venir", "inconnu"]];
  const source = new EventSource(work.dataset.flux);

  source.addEventListener("etape", (event) => {
    const at = Number(event.data);
    stages.forEach((stage, rank) => {
      const [word, tone] = words[rank < at ? 0 : rank === at ? 1 : 2];
      const mark = stage.querySelector(".pastille");
      mark.textContent = word;
      mark.className = `pastille ${tone}`;
      stage.toggleAttribute("aria-current", rank === at);
      if (rank === at) stage.setAttribute("aria-current", "step");
    });
    said.textContent = `Étape ${at + 1} sur ${stages.length} : ${stages[at].querySelector(".nom").textContent}`;
  });
  source.addEventListener("fin", () => {
    source.close();
    said.textContent = "Le travail est fini.";
    location.replace(work.dataset.fin);
  });
})();

// Shows a comment as it will be set, while it is written.
(() => {
  const form = document.getElementById("commentaire");
  if (!form) return;
  const [text, shown] = [document.getElementById("texte"), document.getElementById("vu")];
  let later = 0;
  const typed = () => new URLSearchParams({ texte: text.value, apercu: "oui" });
  const preview = async () => {
    later = 0;
    const answer = await fetch(form.dataset.apercu, { method: "POST", body: typed() });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const set = page.getElementById("vu");
    if (set) shown.replaceChildren(...set.childNodes);
  };
  text.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(preview, 600);
  });
  form.addEventListener("submit", () => {
    clearTimeout(later);
    later = 0;
  });
  // Who leaves in the middle of a word finds it again.
  window.addEventListener("pagehide", () => {
    if (later) navigator.sendBeacon(form.dataset.apercu, typed());
  });
})();

// A second press of a button must not do things twice.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  // Later: a button that is disabled now would not say its name to the server.
  setTimeout(() => {
    for (const button of event.target.querySelectorAll("button[type=submit]")) button.disabled = true;
  });
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[disabled]")) button.disabled = false;
});
