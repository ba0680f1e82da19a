/** A text field with a list of hits: the WAI-ARIA combobox pattern with list autocompletion. */

import { code, visible } from "./format.js";

const LIMIT = 9;

/**
 * `find(text, limit)` answers `{hits, count}` or a promise of it; `choose(entry)` is called with the class picked, and
 * with null where a field that named one was emptied.
 * Arrow keys move, Enter picks (the first hit where none is marked), Escape closes and then restores.
 */
export class Combobox {
  constructor({ input, list, hint, find, choose }) {
    Object.assign(this, { input, list, hint, find, choose, invitation: hint.textContent });
    this.hits = [];
    this.active = -1;
    this.asked = 0;
    this.value = "";
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.setAttribute("aria-expanded", "false");
    input.addEventListener("input", () => this.#update());
    input.addEventListener("keydown", (event) => this.#press(event));
    input.addEventListener("blur", () => this.#leave());
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#pick(this.hits[Number(option.dataset.position)]);
    });
  }

  /** What the field says while nothing is typed into it. */
  show(text) {
    const isUntouched = this.input.value === this.value || document.activeElement !== this.input;
    this.value = text;
    if (isUntouched) this.input.value = text;
  }

  clear() {
    this.asked += 1;
    this.input.value = this.value;
    this.hint.textContent = this.invitation;
    this.#close();
  }

  #leave() {
    if (this.#isEmptied()) this.#pick(null);
    this.clear();
  }

  #isEmptied() {
    return this.input.value.trim() === "" && this.value !== "";
  }

  async #update() {
    const turn = ++this.asked;
    const { hits, count } = await this.find(this.input.value, LIMIT);
    if (turn !== this.asked) return false;
    this.hits = hits;
    this.list.replaceChildren(...hits.map((entry, position) => this.#option(entry, position)));
    this.#mark(-1);
    this.#expand(hits.length > 0);
    this.hint.textContent = this.#say(hits.length, count);
    return true;
  }

  #say(shown, count) {
    if (this.input.value.trim() === "") return this.invitation;
    if (count === 0) return "No class has this name, number or WordNet id.";
    if (count > shown) return `${shown} of ${count} classes; type more to narrow.`;
    return count === 1 ? "1 class" : `${count} classes`;
  }

  #option(entry, position) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${position}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.position = position;
    const label = document.createElement("span");
    label.textContent = visible(entry.label);
    const numbers = document.createElement("span");
    numbers.className = "code";
    numbers.textContent = code(entry);
    option.append(label, " ", numbers);
    return option;
  }

  #press(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = this.hits.length - 1;
    const moves = {
      ArrowDown: () => this.#move(this.active >= last ? 0 : this.active + 1),
      ArrowUp: () => this.#move(this.active <= 0 ? last : this.active - 1),
      Enter: () => this.#enter(),
      Escape: () => (this.#isOpen() ? this.#close() : this.#restore()),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  /** The text as it was; a text as it was goes. */
  #restore() {
    if (this.input.value === this.value) this.input.value = "";
    else this.clear();
  }

  async #move(position) {
    if (!this.#isOpen() && !(await this.#update())) return;
    if (this.hits.length > 0) this.#mark(Math.min(Math.max(position, 0), this.hits.length - 1));
  }

  async #enter() {
    if (this.#isEmptied()) {
      this.#pick(null);
      return;
    }
    if (!this.#isOpen() && !(await this.#update())) return;
    if (this.hits.length > 0) this.#pick(this.hits[Math.max(this.active, 0)]);
  }

  #pick(entry) {
    if (entry === null) this.value = "";
    this.clear();
    this.choose(entry);
  }

  #mark(position) {
    this.active = position;
    for (const [index, option] of [...this.list.children].entries()) {
      option.setAttribute("aria-selected", String(index === position));
    }
    if (position < 0) this.input.removeAttribute("aria-activedescendant");
    else this.input.setAttribute("aria-activedescendant", `${this.list.id}-${position}`);
  }

  #isOpen() {
    return !this.list.hidden;
  }

  #close() {
    this.#expand(false);
    this.#mark(-1);
  }

  #expand(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
  }
}
