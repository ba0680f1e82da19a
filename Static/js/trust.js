/** How far the map on the stage can be trusted: curves beside those of maps that know nothing, and shuffled weights. */

import * as api from "./api.js";
import { drawn, element } from "./elements.js";
import { number, percent, visible } from "./format.js";
import { isSame } from "./view.js";

/** Enough for one picture's curves to be seen, and quick. */
const STEPS = 28;

const CURVES = {
  deletion: { title: "Deletion: the strongest places first turn grey", sign: -1 },
  insertion: { title: "Insertion: the strongest places first come back into a blurred picture", sign: 1 },
};

const CONTROLS = { random: "random pixels", "random-cells": "random cells", "centred-gaussian": "the middle" };

/** How the lines of the maps that know nothing are told apart. */
const DASHES = ["dash-0", "dash-1", "dash-2"];

export class Panel {
  #running = null;
  #tested = null;

  constructor(root, { store, session, controls, notices }) {
    Object.assign(this, { store, session, controls, notices });
    this.test = element("button", { type: "button", id: "trust-test", class: "primary", onclick: () => this.#run() },
      "Test this map");
    this.shuffle = element("button", { type: "button", id: "trust-shuffle", onclick: () => this.#shuffle() },
      "Shuffle the weights");
    this.cancel = element("button", { type: "button", id: "trust-cancel", hidden: "", onclick: () => this.close() },
      "Cancel");
    this.sums = element("p", { id: "trust-sums", role: "status", class: "prose" });
    this.said = element("p", { id: "trust-said", role: "status", class: "hint" });
    this.verdict = element("p", { id: "trust-verdict", class: "note", role: "status", hidden: "" });
    this.curves = element("div", { id: "trust-curves", class: "side" });
    this.weights = element("div", { id: "trust-weights", class: "side" });
    root.append(
      element("h2", {}, "How far can this map be trusted?"),
      element("p", { class: "hint" }, "If the map names what mattered, greying its strongest places first makes the " +
        "probability fall fast, and showing them first makes it rise soon. Three maps that know nothing are held " +
        "beside it."),
      element("p", { class: "buttons" }, this.test, this.shuffle, this.cancel), this.said, this.verdict, this.curves,
      this.weights, element("h2", {}, "Does it add up?"), this.sums,
      element("p", { class: "hint" }, "A heatmap is no proof. It says where a method found evidence; a map that " +
        "passes on one picture may fail on the next."));
  }

  render({ shown }) {
    const isReady = shown !== null;
    this.test.disabled = !isReady || this.#running !== null;
    this.shuffle.disabled = !isReady || this.#running !== null;
    this.sums.textContent = isReady ? sumsOf(shown.map) : "";
    if (!isReady && this.#running === null) this.said.textContent = "Choose a picture first.";
    if (this.#tested && (!shown || !isSame({ ...shown, look: {} }, { ...this.#tested, look: {} }))) this.#forget();
  }

  /** What runs is stopped when the tab is left. */
  close() {
    this.#running?.abort();
  }

  #forget() {
    this.close();
    this.#tested = null;
    this.verdict.hidden = true;
    this.said.textContent = "";
    this.curves.replaceChildren();
    this.weights.replaceChildren();
  }

  async #run() {
    const found = {};
    const method = this.controls.titleOf(this.store.state.shown.question.method);
    this.curves.replaceChildren();
    this.verdict.hidden = true;
    await this.#during("Deleting and inserting", async (ask) => {
      for (const [name, curve] of Object.entries(CURVES)) {
        found[name] = (await ask({ metrics: name, steps: STEPS })).maps.map((map) => ({ ...map, ...map[name] }));
        this.curves.append(plot(curve.title, method, found[name]));
      }
      this.verdict.textContent = verdict(method, found);
      this.verdict.hidden = false;
    });
  }

  async #shuffle() {
    this.weights.replaceChildren();
    await this.#during("Shuffling the weights, layer by layer", async (ask) => {
      const { maps } = await ask({ metrics: "randomisation" });
      this.weights.append(similarity(maps.find(({ control }) => !control).randomisation.steps));
    });
  }

  /** `work(ask)` is done for the map on the stage; `ask(parameters)` is about it. */
  async #during(what, work) {
    const { analysis, shown } = this.store.state;
    const running = new AbortController();
    this.#running = running;
    this.#tested = shown;
    this.said.textContent = `${what}…`;
    this.cancel.hidden = false;
    this.render(this.store.state);
    const { class: reference, against, method, layer, parameters } = shown.question;
    const own = Object.fromEntries(Object.entries(parameters)
      .map(([name, value]) => [name.includes(".") ? name : `${method}.${name}`, value]));
    const question = { methods: method, class: reference, against, layer, ...own };
    try {
      await work((more) => api.faithfulness(analysis, { ...question, ...more }, running.signal));
      this.said.textContent = "";
    } catch (error) {
      this.said.textContent = error.name === "AbortError" ? "Cancelled." : "";
      if (error.name !== "AbortError") this.session.complain(error, {});
    } finally {
      if (this.#running === running) this.#running = null;
      this.cancel.hidden = true;
      this.render(this.store.state);
    }
  }
}

/** Whether the map's values are parts of something, and how far their sum is from it: the method's own word. */
function sumsOf({ receipt, class: { label } }) {
  if (!receipt) return "";
  const { logit_residual: residual, completeness_error: error, completeness_error_share: share } = receipt.notes;
  if (residual !== undefined) {
    return `Yes: all cells and the class’s constant sum to the logit of ${visible(label)}. What rounding leaves over ` +
      `is ${number(residual)}.`;
  }
  if (error !== undefined) {
    const relative = share === undefined ? "" : `, ${percent(share)} of that difference`;
    return "All contributions should sum to the difference from the score of the baseline. They miss it by " +
      `${number(error)}${relative}: more steps make it less.`;
  }
  return "This method’s values are no parts of the score here: they do not claim to sum to it, so there is nothing " +
    "to check.";
}

/** What the areas say, and no more. */
function verdict(method, found) {
  const results = Object.entries(CURVES).map(([name, { sign }]) => {
    const own = found[name].find(({ control }) => !control).auc;
    const others = found[name].filter(({ control }) => control).map(({ auc }) => auc);
    return { name, own, others, beaten: others.filter((auc) => sign * own > sign * auc).length };
  });
  const told = results.map(({ name, own, others, beaten }) => `${beaten} of ${others.length} by ${name} ` +
    `(area ${number(own)}; theirs ${others.map(number).join(", ")})`).join(" and ");
  const all = results.every(({ beaten, others }) => beaten === others.length);
  const lead = all ? "On this picture the map does better than all that know nothing"
    : "On this picture the map does not clearly do better than maps that know nothing";
  return `${lead}: ${method} beats ${told}. One picture is an anecdote.`;
}

function plot(title, method, maps) {
  const [width, height, left, bottom] = [360, 170, 42, 24];
  const x = (share) => left + share * (width - left - 8);
  const y = (score) => 8 + (1 - score) * (height - bottom - 8);
  const most = Math.max(...maps.flatMap(({ scores }) => scores), 1e-9);
  const lines = maps.map(({ fractions, scores, control }, at) => drawn("polyline", {
    class: control ? DASHES[at % DASHES.length] : "own",
    points: fractions.map((share, step) => `${x(share).toFixed(1)},${y(scores[step] / most).toFixed(1)}`).join(" "),
  }));
  const titled = ({ name, control }) => (control ? CONTROLS[name] ?? visible(name) : method);
  const summary = maps.map((map) => `${titled(map)}: area ${number(map.auc)}`).join("; ");
  return element("figure", {},
    element("figcaption", { class: "hint" }, title),
    drawn("svg", {
      class: "plot", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${summary}`,
    },
    drawn("line", { x1: x(0), y1: y(0), x2: x(1), y2: y(0) }),
    drawn("line", { x1: x(0), y1: y(0), x2: x(0), y2: y(1) }),
      drawn("text", { x: left - 6, y: y(1) + 8, "text-anchor": "end" }, number(most)),
      drawn("text", { x: left - 6, y: y(0), "text-anchor": "end" }, "0"),
      drawn("text", { x: x(1), y: height - 6, "text-anchor": "end" }, "share of the picture"), ...lines.toReversed()),
    element("p", { class: "plot-key" }, ...maps.map((map, at) => element("span", {},
      drawn("svg", { class: "plot", viewBox: "0 0 32 8", "aria-hidden": "true" },
        drawn("polyline", { class: map.control ? DASHES[at % DASHES.length] : "own", points: "0,4 32,4" })),
      ` ${titled(map)} ${number(map.auc)}`))));
}

/** How alike the map is to that of the network whose layers, from the last to the first, have other weights. */
function similarity(steps) {
  const rows = steps.map((step) => element("tr", {},
    element("td", {}, visible(step.last)),
    element("td", {}, step.spearman === null ? "flat" : number(step.spearman))));
  const last = steps.at(-1)?.spearman;
  const words = last === null || last === undefined ? "With all weights shuffled one of the maps is flat."
    : Math.abs(last) < 0.3 ? "With all weights shuffled the map is another: it depends on what the network learned."
      : "With all weights shuffled the map is still much the same: it shows the picture more than the network.";
  return element("figure", {}, element("figcaption", { class: "hint" }, "Weights shuffled down to this layer, and " +
    "how alike the map then is (rank correlation, 1 is the same)"), element("table", { id: "trust-table" }, ...rows),
  element("p", { class: "note" }, words));
}
