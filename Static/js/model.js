/** What the model is: where it comes from, what it takes, its layers, and how it was trained. */

import * as api from "./api.js";
import { element } from "./elements.js";
import { visible } from "./format.js";

export class Panel {
  #shown = null;

  constructor(root, { models, session }) {
    Object.assign(this, { root, models, session });
  }

  async render({ analysis }) {
    const name = analysis?.model ?? this.models.selected;
    if (!name || name === this.#shown) return;
    this.#shown = name;
    try {
      const model = await api.describeModel(name);
      if (this.#shown === name) this.root.replaceChildren(...this.#describe(model));
    } catch (error) {
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
      ["Temperature", model.temperature === null ? "none" : String(model.temperature)],
    ];
    return [
      element("h2", {}, visible(this.models.title(model.name))),
      element("dl", { class: "facts" }, ...facts.map(([term, text]) =>
        element("div", {}, element("dt", {}, term), element("dd", {}, visible(text))))),
      element("table", { id: "model-layers" }, element("caption", { class: "hint" },
        "The layers that a map can be asked at, first to last; a map has as many cells."),
      ...layers.map(({ name, shape }) => element("tr", {},
        element("th", { scope: "row" }, visible(name)),
        element("td", {}, `${shape[0]} × ${shape[1]} cells, ${shape[2]} channels`),
        element("td", {}, name === layer ? "the usual one" : "")))),
      ...this.#training(training),
    ];
  }

  #training(training) {
    if (!training) {
      return [element("p", { class: "hint prose" }, "Gaze did not train this model, so it cannot say how well it " +
        "does. With pictures whose classes are known, “gaze evaluate” writes a report: its mistakes, its confusion " +
        "matrix and the mean map of each class.")];
    }
    return [element("h2", {}, "How it was trained"),
      element("pre", {}, JSON.stringify(training, null, 2).split("\n").map(visible).join("\n"))];
  }
}
