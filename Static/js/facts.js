/** What is said of the view that is shown: its heading, its facts, its words, and what is odd about the picture. */

import { code, number, percent, visible } from "./format.js";
import { inWords, shareInside } from "./region.js";

export class Facts {
  /** `leadOf(evidence)`, `titleOf(method)` and `modelTitle(name)` are how the server calls them. */
  constructor(root, { leadOf, titleOf, modelTitle }) {
    const part = (id) => root.querySelector(`#${id}`);
    Object.assign(this, {
      part, leadOf, titleOf, modelTitle, result: part("result"), empty: part("empty"), warnings: part("warnings"),
      window: part("window"), words: part("words"), side: part("side"), under: part("under"),
      receipt: part("receipt"), seen: part("seen-picture"),
    });
  }

  render({ analysis, shown, place, sending }, before) {
    const isEmpty = !analysis && !sending?.preview;
    this.result.hidden = isEmpty;
    this.empty.hidden = !isEmpty;
    this.side.hidden = !analysis;
    this.under.hidden = !analysis;
    this.receipt.hidden = !analysis;
    if (sending !== before.sending || analysis !== before.analysis) this.#warn(sending ? [] : analysis?.warnings ?? []);
    if (analysis !== before.analysis) {
      this.window.value = analysis?.image.window?.join(",") ?? "";
      if (analysis) this.#showInput(analysis);
    }
    if (shown !== before.shown) this.#describe(shown, analysis);
    if (shown && (shown !== before.shown || place !== before.place)) this.#word(shown, place);
  }

  #showInput({ links, input: { width, height } }) {
    Object.assign(this.seen, { src: links.input, width, height });
    this.part("seen-size").textContent = `${width} × ${height}`;
    this.part("seen-link").href = links.input;
  }

  #describe(shown, analysis) {
    const fill = (id, text) => {
      this.part(id).textContent = text;
    };
    if (!shown) {
      document.title = "Gaze";
      for (const id of ["shown-lead", "shown-class", "shown-code", "shown-against", "words"]) fill(id, "");
      return;
    }
    const { map, look, question } = shown;
    const [rows, columns] = map.shape;
    const label = visible(map.class.label);
    const zero = map.zero === undefined ? "" : `; shown from ${number(map.zero)}, the ${map.zero_is}`;
    document.title = `${label} · Gaze`;
    fill("shown-lead", this.leadOf(look.evidence));
    fill("shown-class", label);
    fill("shown-against", map.against ? `rather than ${visible(map.against.label)}` : "");
    fill("shown-code", code(map.class));
    fill("fact-model", this.modelTitle(analysis.model));
    fill("fact-method", this.titleOf(question.method));
    fill("fact-layer", map.layer?.replaceAll(",", ", ") ?? "none");
    fill("fact-map", `${rows} × ${columns} cells`);
    fill("fact-range", `${number(map.min)} to ${number(map.max)}, mean ${number(map.mean)}${zero}`);
  }

  #word({ map, look }, place) {
    const inside = place === null ? null : shareInside(map, look.evidence, place);
    const share = inside === null ? "" : ` ${percent(inside)} of it lies inside the box.`;
    this.words.textContent = inWords(map, look.evidence) + share;
  }

  /** What is odd about the picture although it is whole: sentences of the server. */
  #warn(sentences) {
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
}
