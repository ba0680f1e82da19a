/** The maps of one kept analysis: what was asked for once is there at once, and with the cube every class is. */

import * as api from "./api.js";
import { table, tableNow } from "./colours.js";
import { Cube } from "./cube.js";
import { mapParameters, peersOf } from "./view.js";

/** These methods' maps are the cube's, at the model's own layer. */
const OF_CUBE = ["grad-cam", "hirescam"];

export class Maps {
  /** The maps of all classes by Grad-CAM at the target layer, once they are here; null until then, and without. */
  cube = null;
  #exact = new Map();
  #photo = null;

  constructor(analysis, defaults) {
    Object.assign(this, { analysis, defaults });
  }

  /** Asks for the cube, where the model has one. Its failing is no harm: maps then come one by one. */
  async loadCube() {
    const { analysis } = this;
    if (!analysis.has_cube || this.cube) return;
    const [answer, { predictions }] = await Promise.all([
      api.cube(analysis), api.analysis(analysis.id, analysis.class_count),
    ]);
    this.cube = new Cube(answer, predictions.toSorted((a, b) => a.index - b.index));
  }

  /** Whether the cube has this question's maps. */
  isOfCube({ method, layer, parameters }) {
    return Boolean(this.analysis.has_cube) && OF_CUBE.includes(method) && Object.keys(parameters).length === 0 &&
      (layer === null || layer === this.analysis.layer);
  }

  /** Whether its maps are quick to make: one pass back, or none. */
  isQuick(question) {
    return question.method === this.defaults.method || this.isOfCube(question);
  }

  /** What is to be shown, where all of it is here; else null. */
  ready(question, look) {
    const colours = tableNow(look.colormap);
    if (!colours) return null;
    const classes = [question.class, ...peersOf(question, look)];
    const exact = classes.map((each) => this.#exact.get(this.#key(question, each)));
    if (exact.every(Boolean)) return complete(question, look, exact, colours, true);
    const rounded = classes.map((each) => this.#fromCube(question, each));
    return rounded.every(Boolean) ? complete(question, look, rounded, colours, false) : null;
  }

  /**
   * The same, asked for where it is not here: the server's own numbers. What takes long tells meanwhile how far it is,
   * `tell(name, data)`. An answer that was stopped is forgotten.
   */
  async get(question, look, signal, tell = () => {}) {
    const classes = [question.class, ...peersOf(question, look)];
    const missing = classes.filter((each) => !this.#exact.has(this.#key(question, each)));
    const colours = table(look.colormap);
    if (missing.length > 0) await this.#fetch(question, missing, signal, tell);
    const maps = classes.map((each) => this.#exact.get(this.#key(question, each)));
    return complete(question, look, maps, await colours, true);
  }

  async #fetch(question, classes, signal, tell) {
    const which = classes.length === 1 ? { class: classes[0] } : { class: null, classes: classes.join(",") };
    const parameters = { ...mapParameters(question, this.defaults), ...which };
    const answers = this.isQuick(question)
      ? await api.saliency(this.analysis, parameters, signal)
      : await api.saliencyInSteps(this.analysis, parameters, signal, tell);
    for (const [at, map] of answers.entries()) {
      for (const name of [classes[at], map.class.index]) this.#exact.set(this.#key(question, name), map);
    }
  }

  /** A class's map from the cube, as the server would answer it but for the rounding; null where it has none. */
  #fromCube(question, reference) {
    const index = indexOf(reference);
    const against = question.against === null ? null : indexOf(question.against);
    const { cube, analysis } = this;
    if (cube === null || !this.isOfCube(question) || !cube.everyone[index]) return null;
    if (question.against !== null && !cube.everyone[against]) return null;
    const values = cube.map(index, against);
    const all = values.flat();
    return {
      class: cube.everyone[index], ...(against === null ? {} : { against: cube.everyone[against] }),
      layer: analysis.layer, shape: [cube.rows, cube.columns], values,
      min: Math.min(...all), max: Math.max(...all), mean: all.reduce((sum, value) => sum + value, 0) / all.length,
      image: analysis.image, crop: analysis.crop,
    };
  }

  #key({ against, method, layer, parameters }, reference) {
    const held = against === null ? null : String(against);
    return JSON.stringify([String(reference), held, method, layer, parameters]);
  }

  /** The address of the upright picture as the server keeps it. */
  async photo() {
    this.#photo ??= await decoded(await api.image(this.analysis));
    return this.#photo;
  }
}

function complete(question, look, [map, ...peers], colours, isExact) {
  const named = {
    ...question, class: map.class.index, against: map.against ? map.against.index : null,
  };
  return { question: named, look, map, peers, table: colours, isExact };
}

/** The number of a class that is named by it, else NaN. */
function indexOf(reference) {
  return /^\d+$/.test(String(reference)) ? Number(reference) : Number.NaN;
}

/** An address for the bytes of a picture that the browser has decoded already. */
export async function decoded(blob) {
  const address = URL.createObjectURL(blob);
  const probe = new Image();
  probe.src = address;
  try {
    await probe.decode();
  } catch (error) {
    URL.revokeObjectURL(address);
    throw error;
  }
  return address;
}
