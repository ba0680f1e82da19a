/** Reading the map by pointer and keys, asking about a place of it, and looking closer. */

import { endsOf, limitOf } from "./drawing.js";
import { number } from "./format.js";
import { cellFrame, clamp, middle, read, strongest } from "./saliency.js";
import { place } from "./stage.js";

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** A drag of fewer pixels on the screen is a click. */
const CLICK = 6;

const CLOSEST = 16;

export class Pointing {
  /**
   * `ask(part)` is called with the part of the picture that is asked about, or null, and `sharpen()` when somebody
   * looks closer.
   */
  constructor(root, { store, ask, sharpen }) {
    const part = (id) => root.querySelector(`#${id}`);
    Object.assign(this, {
      store, ask, sharpen, stage: part("stage"), sheet: part("sheet"), cell: part("cell"), box: part("box"),
      readout: part("readout"), mark: part("legend-mark"), scale: part("scale"),
    });
    this.reading = null;
    this.drag = null;
    this.zoom = { scale: 1, x: 0, y: 0 };
    this.#listen();
    part("zoom-in").addEventListener("click", () => this.#magnify(1.5));
    part("zoom-out").addEventListener("click", () => this.#magnify(1 / 1.5));
    part("zoom-reset").addEventListener("click", () => this.#magnify(0));
  }

  render({ analysis, shown, place: asked }, before) {
    if (analysis !== before.analysis) this.#magnify(0);
    this.box.toggleAttribute("hidden", asked === null);
    if (asked) place(this.box, asked);
    if (shown === before.shown) return;
    if (!shown) this.#clear();
    else if (this.reading) this.#readAt(this.reading.x, this.reading.y);
    else this.#invite();
  }

  get #map() {
    const { shown, sending } = this.store.state;
    return sending ? null : shown?.map;
  }

  #listen() {
    const { stage } = this;
    stage.tabIndex = 0;
    stage.setAttribute("role", "application");
    stage.setAttribute("aria-label", "Picture with its map. The arrow keys read the map cell by cell; Enter asks " +
      "what a cell votes for; plus and minus zoom.");
    // A picture would be dragged away by itself.
    stage.addEventListener("dragstart", (event) => event.preventDefault());
    stage.addEventListener("pointermove", (event) => this.#move(event));
    stage.addEventListener("pointerdown", (event) => this.#press(event));
    stage.addEventListener("pointerup", (event) => this.#release(event));
    stage.addEventListener("pointercancel", () => {
      this.drag = null;
    });
    stage.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && !this.drag) this.#clear();
    });
    stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && this.zoom.scale === 1) return;
      event.preventDefault();
      this.#magnify(event.deltaY < 0 ? 1.2 : 1 / 1.2, event);
    }, { passive: false });
    stage.addEventListener("keydown", (event) => this.#key(event));
    stage.addEventListener("blur", () => this.#clear());
  }

  // With the pointer

  #move(event) {
    if (!this.#map) return;
    if (this.drag) this.#pull(event);
    const { x, y } = this.#pixel(event);
    this.#readAt(x, y);
  }

  /** Dragging draws a box; with Shift, or the middle button, it moves the enlarged picture. */
  #press(event) {
    if (!this.#map || event.button > 1) return;
    const isPan = this.zoom.scale > 1 && (event.shiftKey || event.button === 1);
    this.drag = { from: this.#pixel(event), at: { x: event.clientX, y: event.clientY }, isPan, isBox: false };
    if (event.pointerType === "mouse") this.stage.setPointerCapture(event.pointerId);
    this.#move(event);
  }

  #pull(event) {
    const { from, at, isPan } = this.drag;
    if (isPan) {
      this.zoom.x += event.clientX - at.x;
      this.zoom.y += event.clientY - at.y;
      this.drag.at = { x: event.clientX, y: event.clientY };
      this.#enlarge();
      return;
    }
    if (Math.hypot(event.clientX - at.x, event.clientY - at.y) > CLICK) this.drag.isBox = true;
    if (!this.drag.isBox) return;
    const { width, height } = this.#map.image;
    const to = this.#pixel(event);
    const [x, right] = [from.x, to.x].map((value) => clamp(value, width)).toSorted((a, b) => a - b);
    const [y, bottom] = [from.y, to.y].map((value) => clamp(value, height)).toSorted((a, b) => a - b);
    this.ask({ x, y, width: right - x, height: bottom - y });
  }

  #release(event) {
    const { drag } = this;
    this.drag = null;
    if (!drag || drag.isPan || drag.isBox) return;
    const { x, y } = this.#pixel(event);
    const found = read(this.#map, x, y);
    this.ask(found && cellFrame(this.#map, found.row, found.column));
  }

  /** The pixel of the upright picture under the pointer; `object-fit: contain` leaves a margin on two sides. */
  #pixel(event) {
    const { image } = this.#map;
    const box = this.sheet.getBoundingClientRect();
    const scale = Math.min(box.width / image.width, box.height / image.height);
    return {
      x: (event.clientX - box.left - (box.width - image.width * scale) / 2) / scale,
      y: (event.clientY - box.top - (box.height - image.height * scale) / 2) / scale,
    };
  }

  // With the keyboard

  #key(event) {
    if (!this.#map || event.altKey || event.ctrlKey || event.metaKey) return;
    const keys = {
      "+": () => this.#magnify(1.5), "-": () => this.#magnify(1 / 1.5), 0: () => this.#magnify(0),
      Enter: () => this.#askHere(),
      Escape: () => (this.store.state.place ? this.ask(null) : this.#clear()),
    };
    const step = STEPS[event.key];
    if (!step && !keys[event.key]) return;
    event.preventDefault();
    if (!step) {
      keys[event.key]();
      return;
    }
    const { row, column } = this.#next(step);
    const { x, y } = middle(this.#map, row, column);
    this.#readAt(x, y);
  }

  #askHere() {
    const { row, column } = this.reading ?? {};
    if (row !== undefined) this.ask(cellFrame(this.#map, row, column));
  }

  /** The first key finds the strongest cell; the others walk from where the reading is. */
  #next([down, right]) {
    if (this.reading?.row === undefined) return strongest(this.#map);
    const [rows, columns] = this.#map.shape;
    return { row: clamp(this.reading.row + down, rows - 1), column: clamp(this.reading.column + right, columns - 1) };
  }

  // What is read

  #readAt(x, y) {
    const { shown } = this.store.state;
    const { map, look } = shown;
    if (x < 0 || y < 0 || x >= map.image.width || y >= map.image.height) {
      this.#clear();
      return;
    }
    const found = read(map, x, y);
    this.reading = found ?? { x, y };
    this.cell.toggleAttribute("hidden", found === null);
    this.mark.hidden = found === null || this.scale.hidden;
    const spot = `x ${Math.floor(x)}, y ${Math.floor(y)}: `;
    if (found === null) {
      this.readout.replaceChildren(`${spot}outside what the network saw`);
      return;
    }
    place(this.cell, cellFrame(map, found.row, found.column));
    const [first, last] = endsOf(limitOf(shown), look.evidence);
    const share = (found.value - (map.zero ?? 0) - first) / (last - first);
    this.mark.style.left = `${(100 * clamp(share, 1)).toFixed(2)}%`;
    this.readout.replaceChildren(spot, strong(number(found.value)),
      ` · cell ${found.row + 1}, ${found.column + 1} as computed: `, strong(number(found.cellValue)));
  }

  #clear() {
    this.reading = null;
    this.cell.toggleAttribute("hidden", true);
    this.mark.hidden = true;
    this.#invite();
  }

  #invite() {
    this.readout.textContent = this.#map
      ? "Point to read the map; click a cell or draw a box to ask what it votes for." : "";
  }

  // Closer

  /** `factor` 0 shows the whole picture again. The point under the pointer, or the middle, stays where it is. */
  #magnify(factor, event = null) {
    const { scale, x, y } = this.zoom;
    const next = factor === 0 ? 1 : Math.min(Math.max(scale * factor, 1), CLOSEST);
    const box = this.stage.getBoundingClientRect();
    const [across, down] = event
      ? [event.clientX - box.left, event.clientY - box.top] : [box.width / 2, box.height / 2];
    const ratio = next / scale;
    this.zoom = { scale: next, x: across - (across - x) * ratio, y: down - (down - y) * ratio };
    this.#enlarge();
    if (next > 1) this.sharpen();
  }

  #enlarge() {
    const { scale } = this.zoom;
    const { clientWidth, clientHeight } = this.stage;
    this.zoom.x = Math.min(0, Math.max(this.zoom.x, clientWidth * (1 - scale)));
    this.zoom.y = Math.min(0, Math.max(this.zoom.y, clientHeight * (1 - scale)));
    this.sheet.style.transform = scale === 1 ? "" : `translate(${this.zoom.x}px, ${this.zoom.y}px) scale(${scale})`;
    this.stage.toggleAttribute("data-close", scale > 1);
  }
}

function strong(text) {
  const element = document.createElement("b");
  element.textContent = text;
  return element;
}
