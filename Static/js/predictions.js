/** The predictions as bars that are links: the first five and, where it is not among them, the class shown. */

import { told, visible } from "./format.js";

export class Predictions {
  /** `choose(index)` is called on a plain click; other clicks (a new tab, say) follow the link. */
  constructor({ list, template, choose }) {
    this.list = list;
    this.template = template;
    list.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      choose(Number(link.dataset.class));
    });
  }

  /** `shown` is the class on the picture, or null while none is; `address(index)` leads to the page of a class. */
  show(predictions, shown, address) {
    const isBeyond = shown !== null && predictions.every(({ index }) => index !== shown.index);
    const entries = isBeyond ? [...predictions, shown] : predictions;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.class : null;
    this.list.replaceChildren(...entries.map((entry) => this.#row(entry, address(entry.index))));
    if (isBeyond) this.list.lastElementChild.className = "beyond";
    if (shown) this.#link(shown.index).setAttribute("aria-current", "true");
    if (focused !== null) this.#link(focused)?.focus();
  }

  #link(index) {
    return this.list.querySelector(`a[data-class="${index}"]`);
  }

  #row(entry, address) {
    const { index, label, probability = 0 } = entry;
    const row = this.template.content.firstElementChild.cloneNode(true);
    const link = row.querySelector("a");
    link.href = address;
    link.dataset.class = index;
    row.querySelector(".label").textContent = visible(label);
    row.querySelector(".percent").textContent = told(entry);
    row.querySelector(".bar-value").setAttribute("width", (100 * probability).toFixed(2));
    return row;
  }
}
