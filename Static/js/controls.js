/** The controls: they say what is shown, or what is wanted while it is on its way. Defaults are the server's. */

import { costOf } from "./costs.js";
import { percent } from "./format.js";

export class Controls {
  /** The layers of the model in use, `{name, shape}`, first to last. */
  layers = [];
  /** The methods as the API lists them. */
  #methods = [];

  /** `ask(changes)` is called when another map is wanted, `draw(changes, options)` when it is to be drawn otherwise. */
  constructor(root, { ask, draw }) {
    const part = (id) => root.querySelector(`#${id}`);
    Object.assign(this, {
      ask, draw, method: part("method"), methodHint: part("method-hint"), evidence: part("evidence"),
      colormap: part("colormap"), contours: part("contours"), fade: part("fade"), colorbar: part("colorbar"),
      hatched: part("hatched"), alpha: part("alpha"), alphaValue: part("alpha-value"), range: part("range"),
      rangeLimit: part("range-limit"), layer: part("layer"), layerValue: part("layer-value"),
      layerField: part("layer-field"),
    });
    for (const option of this.method.options) option.dataset.title = option.textContent;
    part("controls").addEventListener("submit", (event) => event.preventDefault());
    this.#listen();
  }

  /** What an address of the page need not say. */
  get defaults() {
    const colormaps = Object.fromEntries(
      [...this.evidence.options].map(({ value, dataset }) => [value, dataset.defaultColormap]));
    const evidence = defaultOption(this.evidence).value;
    const alpha = Number(this.alpha.dataset.default);
    return {
      method: defaultOption(this.method).value, evidence, alpha, colormaps,
      look: {
        evidence, range: "own", sharedWith: [], colormap: colormaps[evidence], contours: null, colorbar: false,
        unseen: "hatched", alpha, fade: "none",
      },
    };
  }

  /** How a method is called. */
  titleOf = (name) => this.#option(this.method, name)?.dataset.title ?? name;

  /** "Evidence for": what stands before the class. */
  leadOf = (evidence) => this.#option(this.evidence, evidence).dataset.lead;

  #option(list, value) {
    return [...list.options].find((option) => option.value === value);
  }

  #listen() {
    const { defaults } = this;
    this.method.addEventListener("change", () => this.ask({ method: this.method.value, layer: null }));
    const layer = () => this.layers[this.layer.valueAsNumber];
    this.layer.addEventListener("change", () => this.ask({ layer: layer()?.name ?? null }));
    this.layer.addEventListener("input", () => this.#sayLayer(layer()));
    this.evidence.addEventListener("change", () => {
      const { value } = this.evidence;
      const isSigned = value === "signed";
      const fits = isSigned === ((this.shownLook?.evidence ?? value) === "signed");
      this.draw({ evidence: value, ...(fits ? {} : { colormap: defaults.colormaps[value] }) });
    });
    this.colormap.addEventListener("change", () => this.draw({ colormap: this.colormap.value }));
    this.contours.addEventListener("change", () => {
      this.draw({ contours: this.contours.checked ? this.contours.value : null });
    });
    this.colorbar.addEventListener("change", () => this.draw({ colorbar: this.colorbar.checked }));
    this.fade.addEventListener("change", () => this.draw({ fade: this.fade.checked ? "value" : "none" }));
    this.hatched.addEventListener("change", () => this.draw({ unseen: this.hatched.checked ? "hatched" : "plain" }));
    this.alpha.addEventListener("input", () => this.draw({ alpha: this.alpha.valueAsNumber }, { isMoving: true }));
    this.alpha.addEventListener("change", () => this.draw({ alpha: this.alpha.valueAsNumber }));
    this.range.addEventListener("change", () => this.#chooseRange());
    this.rangeLimit.addEventListener("change", () => this.#chooseRange());
  }

  #chooseRange() {
    const { value } = this.range;
    if (value !== "custom") {
      this.draw({ range: value });
      return;
    }
    this.rangeLimit.hidden = false;
    const limit = this.rangeLimit.valueAsNumber;
    if (limit > 0) this.draw({ range: String(limit) });
    else this.rangeLimit.focus();
  }

  /** The layers that the model in use can be asked at, from the first to the last, and the methods' costs. */
  offer({ layers, methods, analysis }) {
    this.layers = layers;
    this.layer.max = Math.max(layers.length - 1, 0);
    this.#methods = methods;
    for (const method of methods) {
      const option = this.#option(this.method, method.name);
      if (!option) continue;
      const cost = this.costOf({ method: method.name, parameters: {} }, analysis);
      option.dataset.cost = cost ?? "";
      option.dataset.layered = String(method.uses_layer);
      option.textContent = cost ? `${option.dataset.title} (${cost})` : option.dataset.title;
    }
  }

  /** What a question takes, "about 20 s"; null where it is hardly noticed, or not known yet. */
  costOf({ method, parameters }, analysis) {
    const entry = this.#methods.find(({ name }) => name === method);
    const channels = this.layers.find(({ name }) => name === analysis.layer)?.shape.at(-1);
    return entry ? costOf(entry, parameters, { analysis, channels }) : null;
  }

  render({ analysis, shown, wanted }, before = {}) {
    const view = wanted ?? shown;
    if (!view) return;
    const { question, look } = view;
    const last = before.wanted ?? before.shown;
    if (question === last?.question && look === last.look) return;
    this.shownLook = look;
    this.method.value = question.method;
    this.evidence.value = look.evidence;
    this.#fitColours(look.evidence);
    this.colormap.value = look.colormap;
    this.contours.checked = look.contours !== null;
    this.colorbar.checked = look.colorbar;
    this.fade.checked = look.fade === "value";
    this.hatched.checked = look.unseen === "hatched";
    this.alpha.value = look.alpha;
    this.alphaValue.textContent = percent(look.alpha).replace(".0", "");
    this.#sayRange(look);
    const { summary, cost, layered } = this.method.selectedOptions[0]?.dataset ?? {};
    this.methodHint.textContent = [summary, cost ? `It takes ${cost}.` : ""].filter(Boolean).join(" ");
    this.layerField.hidden = this.layers.length === 1 || layered === "false";
    const name = question.layer ?? analysis.layer;
    const at = this.layers.findIndex((layer) => layer.name === name);
    if (at >= 0) this.layer.value = at;
    this.#sayLayer(this.layers[at]);
  }

  #sayLayer(layer) {
    const text = layer ? `${layer.name}, ${layer.shape[0]} × ${layer.shape[1]}` : "";
    this.layerValue.textContent = text;
    this.layer.setAttribute("aria-valuetext", text);
  }

  #sayRange({ range }) {
    const isNamed = this.#option(this.range, range) !== undefined;
    this.range.value = isNamed ? range : "custom";
    this.rangeLimit.hidden = isNamed;
    if (!isNamed) this.rangeLimit.value = range;
  }

  /** Colours for one sign or for both, as the evidence needs. */
  #fitColours(evidence) {
    const [oneSign, bothSigns] = this.colormap.querySelectorAll("optgroup");
    oneSign.disabled = evidence === "signed";
    bothSigns.disabled = evidence !== "signed";
  }
}

function defaultOption(list) {
  return [...list.options].find((option) => "default" in option.dataset);
}
