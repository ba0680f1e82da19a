/** The controls beside the picture: what they ask for, and what an address says of them. Defaults are the server's. */

import { percent } from "./format.js";

/** Parameters of an address that a control stands for; all others belong to the map and stay with its method. */
const CONTROLLED = ["class", "against", "method", "evidence", "colormap", "contours", "colorbar", "alpha"];

export class Controls {
  /** The class of a contrast, as an index, a label or a WordNet id; null where there is none. */
  against = null;

  /** Parameters of the map that only an address can give. */
  #extras = {};

  /** What the model's numbers are, and whether an address said what of the map is shown. */
  #output = "softmax";
  #namesEvidence = false;

  constructor(root) {
    const part = (id) => root.querySelector(`#${id}`);
    this.form = part("controls");
    this.method = part("method");
    this.methodHint = part("method-hint");
    this.evidence = part("evidence");
    this.colormap = part("colormap");
    this.contours = part("contours");
    this.colorbar = part("colorbar");
    this.alpha = part("alpha");
    this.alphaValue = part("alpha-value");
    this.againstField = part("against");
  }

  /**
   * `ask` is called when another map or another picture of it is wanted, `fade` while the opacity changes, and `settle`
   * when it has changed or the download's colour bar came or went.
   */
  listen({ ask, fade, settle }) {
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.method.addEventListener("change", () => {
      this.#extras = {};
    });
    for (const field of [this.method, this.evidence, this.colormap, this.contours]) {
      field.addEventListener("change", () => {
        this.#describe();
        ask();
      });
    }
    this.againstField.addEventListener("change", () => {
      this.against = this.againstField.value.trim() || null;
      ask();
    });
    this.againstField.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.againstField.blur();
    });
    this.alpha.addEventListener("input", () => {
      this.#describe();
      fade();
    });
    for (const field of [this.alpha, this.colorbar]) field.addEventListener("change", settle);
  }

  /** A link carries the whole view, whatever the browser remembered of the form. */
  adopt(given) {
    const extras = [...given].filter(([name, value]) => !CONTROLLED.includes(name) && value !== "");
    this.#extras = Object.fromEntries(extras);
    this.against = given.get("against") || null;
    this.againstField.value = this.against ?? "";
    choose(this.method, given.get("method"));
    this.#namesEvidence = given.has("evidence");
    choose(this.evidence, given.get("evidence") ?? this.#usualEvidence);
    choose(this.colormap, given.get("colormap"));
    this.contours.checked = Boolean(given.get("contours"));
    this.colorbar.checked = given.get("colorbar") === "true";
    if (given.has("alpha")) this.alpha.value = given.get("alpha");
    this.#describe();
  }

  /** A value is explained for and against, unless somebody chose otherwise, and is held against no other. */
  suit(output) {
    const before = this.#usualEvidence;
    this.#output = output;
    this.againstField.disabled = output === "value";
    if (this.againstField.disabled) this.against = null;
    if (this.#namesEvidence || this.evidence.value !== before) return;
    this.evidence.value = this.#usualEvidence;
    this.#describe();
  }

  get #usualEvidence() {
    return this.#output === "value" ? "signed" : defaultOption(this.evidence).value;
  }

  /** What is asked for, of a class. */
  look(reference) {
    return {
      reference,
      against: this.against === String(reference) ? null : this.against,
      method: isDefault(this.method) ? null : this.method.value,
      extras: this.#extras,
      evidence: this.evidence.value,
      colormap: this.colormap.value,
      contours: this.contours.checked ? this.contours.value : null,
    };
  }

  /** How the picture is drawn, beside what `look` says. */
  get drawing() {
    return { alpha: this.alpha.valueAsNumber, colorbar: this.colorbar.checked || null };
  }

  /** What an address of the page need not say. */
  get defaults() {
    return {
      evidence: this.#usualEvidence,
      alpha: Number(this.alpha.dataset.default),
      colormap: this.#evidenceOption.dataset.defaultColormap,
    };
  }

  /** "Evidence for": what stands before the class. */
  get lead() {
    return this.#evidenceOption.dataset.lead;
  }

  get methodTitle() {
    return this.method.selectedOptions[0].textContent;
  }

  get #evidenceOption() {
    return this.evidence.selectedOptions[0];
  }

  #describe() {
    this.#fitColors();
    this.methodHint.textContent = this.method.selectedOptions[0].dataset.summary;
    this.alphaValue.textContent = percent(this.alpha.valueAsNumber).replace(".0", "");
  }

  /** Colours for one sign or for both, as the evidence needs; what does not fit gives way to the evidence's default. */
  #fitColors() {
    const [oneSign, bothSigns] = this.colormap.querySelectorAll("optgroup");
    const isSigned = this.evidence.value === "signed";
    oneSign.disabled = isSigned;
    bothSigns.disabled = !isSigned;
    const fits = this.colormap.selectedOptions[0]?.parentElement.disabled === false;
    if (!fits) this.colormap.value = this.defaults.colormap;
  }
}

/** Selects what an address names, and otherwise the default, or nothing where the list has none of its own. */
function choose(list, value) {
  const named = [...list.options].find((option) => option.value === value);
  list.value = (named ?? defaultOption(list))?.value ?? "";
}

function defaultOption(list) {
  return [...list.options].find((option) => "default" in option.dataset);
}

function isDefault(list) {
  return "default" in list.selectedOptions[0].dataset;
}
