/** What the model is: where it comes from, what it takes, its layers, how it was trained, and how good it is. */

import * as api from "./api.js";
import { element } from "./elements.js";
import { number, percent, visible } from "./format.js";

export class Panel {
  #shown = null;

  constructor(root, { models, session }) {
    Object.assign(this, { root, models, session });
  }

  async render({ analysis }) {
    const name = analysis?.model ?? this.models.selected;
    if (!name || name === this.#shown) return;
    this.#shown = name;
    this.root.replaceChildren(element("p", { class: "hint", role: "status" }, "Loading…"));
    try {
      const model = await api.describeModel(name);
      if (this.#shown !== name) return;
      this.root.replaceChildren(...this.#describe(model));
      await this.#report(model);
    } catch (error) {
      if (this.#shown !== name) return;
      this.#shown = null;
      this.session.complain(error, {});
    }
  }

  #describe(model) {
    const { input, class_count: count, parameters, licence, publisher, layers, classes, training, layer } = model;
    const facts = [
      ["Name", model.name], ["Network", model.network], ["Published by", publisher ?? "not stated"],
      ["Licence", licence ?? "not stated"], ["Parameters", parameters.toLocaleString("en-GB")],
      ["Input", `${input.width} × ${input.height} pixels`],
      ["Classes", `${count}: ${classes.slice(0, 6).map(visible).join(", ")}${count > 6 ? " …" : ""}`],
      ["Temperature", model.temperature === null ? "none" : number(model.temperature)],
    ];
    return [
      element("h2", {}, visible(this.models.title(model.name))), listOf(facts),
      ...(training ? trained(training) : []),
      element("div", { id: "model-report" }),
      element("details", {}, element("summary", {}, `Its ${layers.length} layers`),
        element("table", { id: "model-layers" }, element("caption", { class: "hint" },
          "The layers that a map can be asked at, first to last; a map has as many cells."),
        ...layers.map(({ name, shape }) => element("tr", {},
          element("th", { scope: "row" }, visible(name)),
          element("td", {}, `${shape[0]} × ${shape[1]} cells, ${shape[2]} channels`),
          element("td", {}, name === layer ? "the usual one" : ""))))),
    ];
  }

  /** The module that shows it is fetched where there is one. */
  async #report({ name, links, temperature }) {
    const place = this.root.querySelector("#model-report");
    if (!links.report) {
      place.append(element("p", { class: "hint prose" }, "How good this model is has not been measured here. With " +
        `pictures whose classes are known, “gaze evaluate --model ${name} --data FOLDER --keep” puts its mistakes, ` +
        "its confusion matrix and the mean map of each class on this page."));
      return;
    }
    const [report, { reportOf }] = await Promise.all([api.report(links.report), import("./report.js")]);
    place.replaceChildren(...reportOf(report, { address: links.report, temperature }));
  }
}

function listOf(facts) {
  return element("dl", { class: "facts" }, ...facts.map(([term, text]) =>
    element("div", {}, element("dt", {}, term), element("dd", {}, visible(text)))));
}

function trained(training) {
  const { data, validation, measured, base, epoch, epochs, seed, seconds, version } = training;
  const facts = [
    ["Trained by", `Gaze ${version}${base ? `, beginning with ${base.name}` : ""}`], ["Images", countOf(data)],
    ["Validated on", validation ? countOf(validation) : "none"],
    ["Epoch", `${epoch} of ${epochs}`], ["Seed", String(seed)], ["Took", `${Math.round(seconds)} s`],
  ];
  if (measured?.accuracy !== undefined) facts.push(["Right in validation", percent(measured.accuracy)]);
  if (measured?.mean_absolute_error !== undefined) {
    facts.push(["Off in validation by", number(measured.mean_absolute_error)]);
  }
  return [element("h2", {}, "How it was trained"), listOf(facts), element("details", {},
    element("summary", {}, "All of it, as JSON"),
    element("pre", {}, JSON.stringify(training, null, 2).split("\n").map(visible).join("\n")))];
}

function countOf({ counts, folders }) {
  return `${counts.reduce((sum, count) => sum + count, 0)} from ${folders.join(", ")}`;
}
