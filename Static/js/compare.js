/** Views side by side: classes, methods, layers, models, pictures. One scale for what has one unit, one cursor. */

import { limitOf } from "./drawing.js";
import { button, element } from "./elements.js";
import { number, told, visible } from "./format.js";
import { read } from "./saliency.js";
import { drawOn } from "./stage.js";
import { ask } from "./view.js";

/** As many methods as are quick by any network. */
const METHODS = ["grad-cam", "grad-cam++", "layercam", "hirescam", "xgrad-cam"];

const LONGEST = 480;

export class Panel {
  /** `{id, analysis, photo, shown, canvas, dot, value}`, in the order in which they came. */
  #views = [];
  #count = 0;

  constructor(root, { store, session, controls, models, leave }) {
    Object.assign(this, { store, session, controls, models, leave });
    this.buttons = [
      button("compare-pin", "Add what is shown", () => this.#pin()),
      button("compare-classes", "Add the first classes", () => this.#addClasses()),
      button("compare-methods", "Add quick methods", () => this.#addMethods()),
      button("compare-layers", "Add layers", () => this.#addLayers()),
    ];
    this.clear = button("compare-clear", "Remove all", () => this.#keep([]));
    this.said = element("p", { id: "compare-said", class: "hint", role: "status" });
    this.grid = element("div", { id: "compare-grid", class: "grid" });
    this.grid.addEventListener("pointerleave", () => this.#point(null));
    root.append(element("h2", {}, "Side by side"), element("p", { class: "buttons" }, ...this.buttons, this.clear),
      this.said, element("p", { class: "hint prose" }, "Maps by one method, at one layer of one model, share one " +
        "scale: a colour means the same value in each. To compare pictures or models, add what is shown, choose " +
        "another in Explore, and add that."), this.grid);
  }

  render({ shown }) {
    for (const each of this.buttons) each.disabled = shown === null;
    this.clear.disabled = this.#views.length === 0;
    if (!shown && this.#views.length === 0) this.said.textContent = "Choose a picture first.";
    else if (this.#views.length === 0) this.said.textContent = "Nothing is compared yet.";
    else this.said.textContent = `${this.#views.length} maps.`;
  }

  #pin() {
    const { analysis, photo, shown } = this.store.state;
    this.#add(analysis, photo, shown);
  }

  async #addClasses() {
    const { analysis, shown } = this.store.state;
    const classes = new Set([...analysis.predictions.map(({ index }) => index), shown.question.class]);
    await this.#addAll([...classes].filter((index) => index !== shown.question.against)
      .map((index) => ask(shown.question, { class: index })));
  }

  async #addMethods() {
    const { shown } = this.store.state;
    const offered = METHODS.filter((name) => this.controls.titleOf(name) !== name);
    await this.#addAll(offered.map((method) => ask(shown.question, { method })));
  }

  async #addLayers() {
    const { shown } = this.store.state;
    const layers = this.controls.layers.filter(({ shape: [rows] }, at, all) => rows !== all[at + 1]?.shape[0]);
    await this.#addAll(layers.map(({ name }) => ask(shown.question, { layer: name })));
  }

  async #addAll(questions) {
    const { analysis, photo, shown } = this.store.state;
    const { maps } = this.session.showing;
    const look = { ...shown.look, range: "own", sharedWith: [] };
    try {
      for (const question of questions) this.#add(analysis, photo, await maps.get(question, look));
    } catch (error) {
      this.session.complain(error, {});
    }
  }

  #add(analysis, photo, shown) {
    this.#count += 1;
    this.#keep([...this.#views, { id: this.#count, analysis, photo, shown, ...parts() }]);
  }

  #keep(views) {
    this.#views = views;
    this.grid.replaceChildren(...views.map((view) => this.#figure(view)));
    for (const view of views) {
      const alike = views.filter((other) => unitOf(other) === unitOf(view)).map(({ shown: { map } }) => map);
      const look = { ...view.shown.look, range: "shared" };
      const limit = limitOf({ map: view.shown.map, look, peers: alike });
      drawOn(view.canvas, { ...view.shown, look }, limit, LONGEST);
      view.canvas.style.opacity = look.alpha;
      view.scale.textContent = `up to ${number(limit)}`;
    }
    this.render(this.store.state);
  }

  #figure(view) {
    const { analysis, photo, shown: { map, question }, canvas, dot, value, scale } = view;
    const name = visible(map.class.label);
    const held = map.against ? ` rather than ${visible(map.against.label)}` : "";
    const method = this.controls.titleOf(question.method);
    const where = [method, map.layer, this.models.title(analysis.model)].filter(Boolean);
    const frame = element("div", {
      class: "frame", onpointermove: (event) => this.#point(placeOf(event, frame)),
    }, element("img", {
      src: photo, alt: "", width: analysis.image.width, height: analysis.image.height,
    }), canvas, dot);
    return element("figure", {}, frame, element("figcaption", {},
      element("span", {}, element("b", {}, `${name}${held}`), ` ${told(map.class)} `, scale,
        value, element("span", { class: "hint" }, ` ${where.map(visible).join(" · ")}`)),
      element("button", {
        type: "button", "aria-label": `Remove ${name}`,
        onclick: () => this.#keep(this.#views.filter(({ id }) => id !== view.id)),
      }, "×")));
  }

  /** One cursor: the same share of each picture's sides, and each map's value there. */
  #point(spot) {
    for (const { shown: { map }, dot, value } of this.#views) {
      dot.hidden = spot === null;
      if (spot === null) {
        value.textContent = "";
        continue;
      }
      dot.style.left = `${100 * spot.across}%`;
      dot.style.top = `${100 * spot.down}%`;
      const found = read(map, spot.across * map.image.width, spot.down * map.image.height);
      value.textContent = found ? ` here ${number(found.value)}` : " here unseen";
    }
  }
}

function parts() {
  return {
    canvas: element("canvas"), dot: element("span", { class: "dot", hidden: "" }),
    value: element("b", { class: "value" }), scale: element("span", { class: "code" }),
  };
}

/** Values of two maps can be compared where model, method, layer and parameters are the same. */
function unitOf({ analysis, shown: { map, question: { method, parameters }, look } }) {
  return JSON.stringify([analysis.model, method, map.layer, parameters, look.evidence]);
}

function placeOf(event, frame) {
  const box = frame.getBoundingClientRect();
  return { across: (event.clientX - box.left) / box.width, down: (event.clientY - box.top) / box.height };
}
