"use strict";
// Looks for words in the names of documents and of the communes that they tell of. Without it, the contents say all the same.
(() => {
  const MOST = 40;
  const plain = (text) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/œ/g, "oe")
      .replace(/[^\p{L}\p{N}]+/gu, " ").trim();

  const known = DOCUMENTS.map((d) => ({
    ...d,
    name: " " + plain(d.zone + " " + d.titre),
    places: d.communes.map((commune) => [commune, " " + plain(commune)]),
  }));

  // A document's own name comes before the communes in it; each word typed begins a word there.
  const find = (typed) => {
    const words = plain(typed).split(" ").filter(Boolean).map((word) => " " + word);
    if (!words.length) return [];
    const holds = (text) => words.every((word) => text.includes(word));
    const named = known.filter((d) => holds(d.name)).map((d) => [d, ""]);
    const served = known.filter((d) => !holds(d.name)).flatMap((d) => {
      const place = d.places.find(([, text]) => holds(text));
      return place ? [[d, place[0]]] : [];
    });
    return named.concat(served);
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  };
  const line = ([d, commune]) => {
    const link = element("a", "document", "");
    link.href = d.page;
    const more = commune ? d.titre + ", commune desservie : " + commune : d.titre;
    link.append(element("span", "zone", d.zone), " ", element("span", "detail", more));
    const item = document.createElement("li");
    item.append(link);
    return item;
  };

  const [box, input, count, list] = ["recherche", "mots", "compte", "trouves"]
    .map((id) => document.getElementById(id));
  const show = () => {
    const found = find(input.value);
    const s = found.length > 1 ? "s" : "";
    const all = found.length > MOST ? `, les ${MOST} premiers sont montrés` : "";
    count.textContent = !input.value.trim() ? ""
      : found.length ? `${found.length} document${s}${all}` : "Aucun document de ce nom";
    list.replaceChildren(...found.slice(0, MOST).map(line));
  };
  input.addEventListener("input", show);
  box.hidden = false;
  show();
})();
