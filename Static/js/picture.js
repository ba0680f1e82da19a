/** The picture, the map over it, the frame of what the network saw, and reading the map at a point. */

import { prefix } from "./api.js";
import { number } from "./format.js";
import { cellFrame, clamp, middle, read, strongest } from "./saliency.js";

const NOTHING = {
  positive: "Nothing in this picture speaks for this class: the raw map is nowhere positive, " +
    "so there is nothing to draw. The picture is tinted evenly. Try a class from the predictions.",
  negative: "Nothing in this picture speaks against this class: the raw map is nowhere negative, " +
    "so there is nothing to draw. The picture is tinted evenly.",
  flat: "The map has the same value everywhere, so it points nowhere and there is nothing to draw. " +
    "The picture is tinted evenly. Try another class.",
};

/** Below this share of the largest magnitude a value is rounding noise, as the server has it. */
const NOISE = 2 ** -20;

/** Pictures of at most so many pixels a side are enlarged several times: their pixels are shown as such. */
const SMALL = 128;

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Picture {
  constructor(root) {
    const part = (id) => root.querySelector(`#${id}`);
    this.stage = part("stage");
    this.photo = part("photo");
    this.heat = part("heat");
    this.crop = part("crop");
    this.cropFrame = part("crop-frame");
    this.cell = part("cell");
    this.status = part("map-status");
    this.readout = part("readout");
    this.scale = part("scale");
    this.scaleFirst = part("scale-first");
    this.scaleLast = part("scale-last");
    this.legend = part("legend");
    this.legendMark = part("legend-mark");
    this.image = null;
    this.map = null;
    this.ends = [0, 0];
    this.reading = null;
    this.previewed = null;
    this.#listen();
  }

  /** The picture as it was chosen, before the server has seen it. The address is revoked when it is no longer shown. */
  preview(address) {
    this.#forget();
    this.previewed = address;
    this.photo.src = address;
    this.photo.removeAttribute("width");
    this.photo.removeAttribute("height");
    this.photo.removeAttribute("data-small");
    this.crop.toggleAttribute("hidden", true);
  }

  /** The picture as the server keeps it, with the frame of what the network saw. */
  show(address, { image, crop }) {
    this.#forget();
    this.image = image;
    this.photo.src = address;
    this.photo.width = image.width;
    this.photo.height = image.height;
    this.photo.toggleAttribute("data-small", Math.max(image.width, image.height) <= SMALL);
    this.crop.setAttribute("viewBox", `0 0 ${image.width} ${image.height}`);
    place(this.cropFrame, crop);
    this.crop.toggleAttribute("hidden", false);
  }

  /** Lays a map over the picture; `heatmap` and `map` are of the same class. */
  lay(heatmap, map, { evidence, colormap }) {
    this.heat.src = heatmap.address;
    this.heat.hidden = false;
    this.map = map;
    this.ends = ends(map, evidence);
    this.legend.src = `${prefix}/colormaps/${colormap}.png`;
    this.scaleFirst.textContent = number(this.ends[0]);
    this.scaleLast.textContent = number(this.ends[1]);
    const nothing = whyNothing(map, heatmap.status, evidence);
    this.scale.hidden = nothing !== null;
    this.status.textContent = nothing ?? "";
    this.status.hidden = nothing === null;
    if (this.reading) this.#readAt(this.reading.x, this.reading.y);
    else this.#invite();
  }

  setOpacity(alpha) {
    this.heat.style.opacity = alpha;
  }

  #forget() {
    if (this.previewed) URL.revokeObjectURL(this.previewed);
    this.previewed = null;
    this.heat.hidden = true;
    this.heat.removeAttribute("src");
    this.map = null;
    this.readout.textContent = "";
    this.#clear();
  }

  #listen() {
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-label", "Picture with its map. The arrow keys read the map cell by cell.");
    const follow = (event) => {
      if (!this.map) return;
      const { x, y } = this.#pixel(event);
      this.#readAt(x, y);
    };
    this.stage.addEventListener("pointermove", follow);
    this.stage.addEventListener("pointerdown", follow);
    this.stage.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") this.#clear();
    });
    this.stage.addEventListener("keydown", (event) => this.#press(event));
    this.stage.addEventListener("blur", () => this.#clear());
  }

  #press(event) {
    if (!this.map || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") return this.#clear();
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const { row, column } = this.#next(step);
    const { x, y } = middle(this.map, row, column);
    this.#readAt(x, y);
  }

  /** The first key finds the strongest cell; the others walk from where the reading is. */
  #next([down, right]) {
    if (this.reading?.row === undefined) return strongest(this.map);
    const [rows, columns] = this.map.shape;
    return { row: clamp(this.reading.row + down, rows - 1), column: clamp(this.reading.column + right, columns - 1) };
  }

  /** The pixel of the upright picture under the pointer; `object-fit: contain` leaves a margin on two sides. */
  #pixel(event) {
    const box = this.stage.getBoundingClientRect();
    const scale = Math.min(box.width / this.image.width, box.height / this.image.height);
    return {
      x: (event.clientX - box.left - (box.width - this.image.width * scale) / 2) / scale,
      y: (event.clientY - box.top - (box.height - this.image.height * scale) / 2) / scale,
    };
  }

  #readAt(x, y) {
    const { width, height } = this.image;
    if (x < 0 || y < 0 || x >= width || y >= height) return this.#clear();
    const found = read(this.map, x, y);
    this.reading = found ?? { x, y };
    this.cell.toggleAttribute("hidden", found === null);
    this.legendMark.hidden = found === null || this.scale.hidden;
    if (found === null) {
      this.#say(`x ${Math.floor(x)}, y ${Math.floor(y)}: outside what the network saw`);
      return;
    }
    place(this.cell, cellFrame(this.map, found.row, found.column));
    const [first, last] = this.ends;
    const share = (found.value - (this.map.zero ?? 0) - first) / (last - first);
    this.legendMark.style.left = `${(100 * clamp(share, 1)).toFixed(2)}%`;
    this.#say(`x ${Math.floor(x)}, y ${Math.floor(y)}: `, strong(number(found.value)),
      ` · cell ${found.row + 1}, ${found.column + 1} as computed: `, strong(number(found.cellValue)));
  }

  #clear() {
    this.reading = null;
    this.cell.toggleAttribute("hidden", true);
    this.legendMark.hidden = true;
    if (this.map) this.#invite();
  }

  #invite() {
    this.#say("Point at the picture, or focus it and use the arrow keys, to read the raw map.");
  }

  #say(...parts) {
    this.readout.replaceChildren(...parts);
  }
}

/** Least and largest evidence: differences from what the map is without any, which is 0 for most methods. */
function extremes({ min, max, zero = 0 }) {
  return [min - zero, max - zero];
}

/** The evidence of the first and the last colour. */
function ends(map, evidence) {
  const [min, max] = extremes(map);
  if (evidence === "signed") {
    const limit = Math.max(Math.abs(min), Math.abs(max));
    return [-limit, limit];
  }
  return [0, evidence === "negative" ? Math.min(min, 0) : Math.max(max, 0)];
}

/** Why there is nothing to draw, or null. */
function whyNothing(map, status, evidence) {
  if (status === "flat") return NOTHING.flat;
  const [min, max] = extremes(map);
  const noise = NOISE * Math.max(Math.abs(min), Math.abs(max));
  if (evidence === "negative") return -min <= noise ? NOTHING.negative : null;
  return evidence === "positive" && status === "no_positive_evidence" ? NOTHING.positive : null;
}

function place(frame, { x, y, width, height }) {
  for (const [name, value] of Object.entries({ x, y, width, height })) frame.setAttribute(name, value);
}

function strong(text) {
  const element = document.createElement("b");
  element.textContent = text;
  return element;
}
