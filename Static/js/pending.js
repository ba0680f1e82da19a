/** What is on its way: said with how far it is and how long it may take, and a button that ends it. */

import { duration } from "./costs.js";
import { percent, visible } from "./format.js";

export class Pending {
  /**
   * `titleOf(method)` is how a method is called, `costOf(question, analysis)` what it takes; `cancel()` is called when
   * the reader does not want to wait.
   */
  constructor(root, { titleOf, costOf, cancel }) {
    const part = (id) => root.querySelector(`#${id}`);
    Object.assign(this, {
      titleOf, costOf, bar: part("pending"), text: part("pending-text"), meter: part("pending-meter"),
      picture: part("pending-picture"), result: part("result"), bench: part("workbench"),
    });
    part("pending-cancel").addEventListener("click", cancel);
  }

  render({ analysis, wanted, sending, shown }) {
    this.bar.hidden = wanted === null && sending === null;
    this.result.setAttribute("aria-busy", String(wanted !== null || sending !== null));
    this.bench.toggleAttribute("data-waiting", sending !== null);
    this.result.toggleAttribute("data-exact", Boolean(shown?.isExact));
    this.picture.hidden = !wanted?.picture;
    if (wanted?.picture) this.picture.src = `data:image/png;base64,${wanted.picture}`;
    if (sending) this.#say(`Analysing ${visible(sending.name)}…`, null);
    else if (wanted) this.#describe(wanted, analysis);
  }

  #describe({ question, progress, since }, analysis) {
    const what = `Computing ${this.titleOf(question.method)}…`;
    if (!progress || progress.done === 0) {
      const cost = this.costOf(question, analysis);
      this.#say(cost ? `${what} ${cost}` : what, null);
      return;
    }
    const share = progress.done / progress.total;
    const left = duration((performance.now() - since) / share * (1 - share));
    this.#say(`${what} ${percent(share).replace(/\.\d/, "")}${left ? `, ${left} left` : ""}`, share);
  }

  #say(text, share) {
    if (this.text.textContent !== text) this.text.textContent = text;
    if (share === null) this.meter.removeAttribute("value");
    else this.meter.value = share;
  }
}
