/**
 * The predictions as bars that are links: the first five and, where it is not among them, the class shown. Where a
 * place of the picture is asked about, the classes that it votes for most.
 */

import { number, told, visible } from "./format.js";
import { sharesOf } from "./region.js";

const COUNT = 5;

export class Predictions {
  /**
   * `choose(index)` is called on a plain click; other clicks (a new tab, say) follow the link. `addressOf(index)` is
   * the page of a class, `cube()` the maps of all classes where they are here.
   */
  constructor(root, { choose, addressOf, cube }) {
    const part = (id) => root.querySelector(`#${id}`);
    Object.assign(this, {
      list: part("predictions"), template: part("prediction"), title: part("predictions-title"),
      back: part("votes-end"), note: part("votes-note"), addressOf, cube,
    });
    this.list.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      choose(Number(link.dataset.class));
    });
  }

  render({ analysis, shown, wanted, place }, before) {
    const isSame = analysis === before.analysis && shown === before.shown && place === before.place &&
      wanted?.question === before.wanted?.question;
    if (isSame) return;
    if (!analysis) {
      this.list.replaceChildren();
      return;
    }
    const cube = place && shown && this.cube();
    const entries = cube ? votesAt(cube, place, shown) : probabilitiesOf(analysis, shown);
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.class : null;
    this.list.replaceChildren(...entries.map((entry) => this.#row(entry)));
    if (entries.length > (cube ? COUNT : analysis.predictions.length)) this.list.lastElementChild.className = "beyond";
    if (shown) this.#link(shown.map.class.index)?.setAttribute("aria-current", "true");
    if (wanted) this.#link(wanted.question.class)?.setAttribute("data-wanted", "");
    if (focused !== null) this.#link(focused)?.focus();
    this.title.textContent = cube ? "What this place votes for" : "Predictions";
    this.back.hidden = !place;
    this.note.hidden = !place;
    if (place) this.note.textContent = cube ? sumsUp(cube, shown) : CANNOT;
  }

  #link(index) {
    return this.list.querySelector(`a[data-class="${index}"]`);
  }

  #row({ index, label, text, width }) {
    const row = this.template.content.firstElementChild.cloneNode(true);
    const link = row.querySelector("a");
    link.href = this.addressOf(index);
    link.dataset.class = index;
    row.querySelector(".label").textContent = visible(label);
    row.querySelector(".percent").textContent = text;
    row.querySelector(".bar-value").setAttribute("width", width.toFixed(2));
    return row;
  }
}

const CANNOT = "What a place votes for is known for models that end in a mean and one linear layer. " +
  "The share of the evidence inside is told below.";

function probabilitiesOf({ predictions }, shown) {
  const isBeyond = shown !== null && predictions.every(({ index }) => index !== shown.map.class.index);
  const entries = isBeyond ? [...predictions, shown.map.class] : predictions;
  return entries.map((entry) => ({
    index: entry.index, label: entry.label, text: told(entry), width: 100 * (entry.probability ?? 0),
  }));
}

/** The classes that a place adds most to, and the one that is shown: its logit's share of each. */
function votesAt(cube, place, { map }) {
  const votes = cube.votes(sharesOf({ ...map, shape: [cube.rows, cube.columns] }, place));
  const order = [...votes.keys()].toSorted((a, b) => votes[b] - votes[a]);
  const first = order.slice(0, COUNT);
  const entries = first.includes(map.class.index) ? first : [...first, map.class.index];
  const most = Math.max(...entries.map((index) => Math.abs(votes[index])));
  return entries.map((index) => ({
    index, label: cube.everyone[index].label, text: `${votes[index] > 0 ? "+" : ""}${number(votes[index])}`,
    width: most > 0 ? 100 * Math.max(votes[index], 0) / most : 0,
  }));
}

/** Grad-CAM's cells sum to the logit but for the class's constant: here the page may say so. */
function sumsUp(cube, { map: { class: { index, label } } }) {
  const whole = cube.map(index).flat().reduce((sum, value) => sum + value, 0);
  const { logit } = cube.everyone[index];
  const cells = cube.rows * cube.columns;
  return `Parts of the logits, by Grad-CAM at the last layer. All ${cells} cells add ${number(whole)} to ` +
    `${visible(label)}; with its constant ${number(logit - whole)} that is its logit, ${number(logit)}.`;
}
