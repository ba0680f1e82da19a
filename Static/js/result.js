/** What is said of the map that is shown, and its addresses: the comparison, the downloads and the link to share. */

import { code, number, slug, visible } from "./format.js";

export class Result {
  constructor(root) {
    this.part = (id) => root.querySelector(`#${id}`);
    this.section = this.part("result");
    this.warnings = this.part("warnings");
    this.compare = this.part("compare");
    this.compareLink = this.part("compare-link");
    this.comparePicture = this.part("compare-picture");
    this.shareNote = this.part("share-note");
    this.shareByHand = this.part("share-by-hand");
    this.shareLink = this.part("share-link");
    this.compare.addEventListener("toggle", () => this.#showComparison());
  }

  /** The result, or the invitation to choose a picture. */
  reveal(isShown) {
    this.section.hidden = !isShown;
    this.part("empty").hidden = isShown;
  }

  /** While a new picture is on its way, nothing of the old answer stands beside it. */
  wait(isWaiting) {
    this.section.toggleAttribute("data-waiting", isWaiting);
    this.setBusy(isWaiting);
  }

  setBusy(isBusy) {
    this.section.setAttribute("aria-busy", String(isBusy));
  }

  describe(map, { lead, model, method }) {
    const [rows, columns] = map.shape;
    const label = visible(map.class.label);
    const fill = (id, text) => {
      this.part(id).textContent = text;
    };
    document.title = `${label} · Gaze`;
    fill("shown-lead", lead);
    fill("shown-class", label);
    fill("shown-against", map.against ? `rather than ${visible(map.against.label)}` : "");
    fill("shown-code", code(map.class));
    fill("fact-model", model);
    fill("fact-method", method);
    fill("fact-layer", map.layer?.replaceAll(",", ", ") ?? "none");
    fill("fact-map", `${rows} × ${columns} cells`);
    const zero = map.zero === undefined ? "" : `; shown from ${number(map.zero)}, the ${map.zero_is}`;
    fill("fact-range", `${number(map.min)} to ${number(map.max)}, mean ${number(map.mean)}${zero}`);
  }

  /** What the picture's samples were stretched by, `[low, high]`; null where they are as stored. */
  tellWindow(window) {
    this.part("window").value = window?.join(",") ?? "";
  }

  /** What is odd about the picture although it is whole: sentences of the server. */
  warn(sentences) {
    const texts = sentences.map(visible);
    const said = [...this.warnings.children].map(({ textContent }) => textContent);
    if (texts.join("\n") === said.join("\n")) return;
    this.warnings.replaceChildren(...texts.map((text) => {
      const paragraph = document.createElement("p");
      paragraph.className = "note";
      paragraph.textContent = text;
      return paragraph;
    }));
  }

  /** `addresses` are those of `api.addresses`, of a class of a model. */
  link({ compare, png, npy, json, receipt }, model, { label }) {
    const name = `gaze-${model}-${slug(label)}`;
    this.#offer("png", png, `${name}.png`);
    this.#offer("npy", npy, `${name}.npy`);
    this.#offer("json", json, `${name}.json`);
    this.#offer("receipt", receipt, `${name}.receipt.json`);
    this.compareLink.href = compare;
    this.#showComparison();
    this.shareNote.textContent = "";
    this.shareByHand.hidden = true;
  }

  #offer(kind, address, fileName) {
    const link = this.part(`download-${kind}`);
    link.href = address;
    link.download = fileName;
  }

  /** The picture of the first classes is made once somebody looks at it. */
  #showComparison() {
    if (this.compare.open) this.comparePicture.src = this.compareLink.href;
    else this.comparePicture.removeAttribute("src");
  }

  /** Pages that are not served over HTTPS may not write to the clipboard: there the link is laid out to be copied. */
  async share(address, minutes) {
    const link = new URL(address, location.href).href;
    const lifetime = `It works for ${minutes} minutes after it was last used.`;
    try {
      await navigator.clipboard.writeText(link);
      this.shareNote.textContent = `Copied. ${lifetime}`;
    } catch {
      this.shareByHand.hidden = false;
      this.shareLink.value = link;
      this.shareLink.select();
      this.shareNote.textContent = lifetime;
    }
  }
}
