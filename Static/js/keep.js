/** Taking away exactly what is on screen: files, the lines that fetch it, and a link that restores it. */

import { query } from "./api.js";
import { slug } from "./format.js";
import { mapParameters, pictureParameters, suited } from "./view.js";

/** By then a browser has begun to save what was offered. */
const REVOKE_MS = 10_000;

export class Keep {
  constructor(root, { store, showing, defaults }) {
    const part = (id) => root.querySelector(`#${id}`);
    Object.assign(this, {
      part, store, showing, defaults, note: part("share-note"), byHand: part("share-by-hand"), link: part("share-link"),
      curl: part("code-curl"), python: part("code-python"),
    });
    part("share").addEventListener("click", () => this.#share());
    part("print").addEventListener("click", () => window.print());
    part("download-svg").addEventListener("click", () => this.#draw());
  }

  render({ analysis, shown }, before) {
    if (!shown || shown === before.shown) return;
    const { links, model } = analysis;
    const { question, look } = shown;
    const name = `gaze-${model}-${slug(shown.map.class.label)}`;
    const picture = query(pictureParameters(question, look, suited(this.defaults, analysis.output)));
    const raw = query(mapParameters(question, this.defaults));
    const addresses = {
      png: [links.heatmap + picture, "png"], npy: [links.saliency_npy + raw, "npy"],
      json: [links.saliency_json + raw, "json"], receipt: [links.receipt + picture, "receipt.json"],
      zip: [links.bundle + picture, "zip"],
    };
    for (const [kind, [address, ending]] of Object.entries(addresses)) {
      const link = this.part(`download-${kind}`);
      link.href = address;
      link.download = `${name}.${ending}`;
    }
    this.#write(analysis, picture);
    this.note.textContent = "";
    this.byHand.hidden = true;
  }

  /** The same picture from a file, by programs: it works also once the analysis is forgotten. */
  #write({ model, image }, picture) {
    const window = image.window?.join(",") ?? null;
    const parameters = new URLSearchParams(picture);
    const all = query({ model, window, ...Object.fromEntries(parameters) });
    const { prefix } = document.documentElement.dataset;
    const base = `${location.origin}${prefix}/api/v1/explain`;
    this.curl.textContent =
      `curl -H "Accept: image/png" --data-binary @picture.jpg \\\n  "${base}${all}" -o explained.png`;
    const entries = [["model", model], ["window", window], ...parameters].filter(([, value]) => value !== null);
    const lines = entries.map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
    this.python.textContent = [
      "import requests", "", "parameters = {", ...lines, "}", 'with open("picture.jpg", "rb") as picture:',
      "    answer = requests.post(", `        "${base}", params=parameters,`,
      '        data=picture, headers={"Accept": "image/png"})', "answer.raise_for_status()",
      'with open("explained.png", "wb") as file:', "    file.write(answer.content)",
    ].join("\n");
  }

  /** The module that draws is fetched when somebody wants a drawing. */
  async #draw() {
    const { analysis, shown } = this.store.state;
    if (!shown) return;
    const { vectorOf } = await import("./vector.js");
    const text = (id) => this.part(id).textContent.replace(/\s+/g, " ").trim();
    const lines = [text("shown"), `${text("fact-method")}, ${text("fact-layer")} · ${text("fact-model")}`];
    const [photo, canvas] = [this.part("photo"), this.part("heat")];
    const address = URL.createObjectURL(await vectorOf({ photo, canvas, shown, lines }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `gaze-${analysis.model}-${slug(shown.map.class.label)}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), REVOKE_MS);
  }

  /** Pages that are not served over HTTPS may not write to the clipboard: there the link is laid out to be copied. */
  async #share() {
    const { analysis, shown } = this.store.state;
    if (!shown) return;
    const link = new URL(this.showing.address, location.href).href;
    const minutes = Math.round(analysis.expires_in_seconds / 60);
    const until = new Date(Date.now() + analysis.expires_in_seconds * 1000)
      .toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const lifetime = `The picture is kept until ${until}, and ${minutes} minutes from each use.`;
    try {
      await navigator.clipboard.writeText(link);
      this.note.textContent = `Copied. ${lifetime}`;
    } catch {
      this.byHand.hidden = false;
      this.link.value = link;
      this.link.select();
      this.note.textContent = lifetime;
    }
  }
}
