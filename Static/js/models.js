/** The list of models, and what the selected one knows. */

export class ModelList {
  constructor({ list, hint }) {
    Object.assign(this, { list, hint });
    list.addEventListener("change", () => this.#describe());
  }

  get selected() {
    return this.list.value;
  }

  /** A model that came to the store since the page was loaded has no option yet: then none is selected. */
  select(name) {
    this.list.value = name;
    this.#describe();
  }

  title(name) {
    return [...this.list.options].find(({ value }) => value === name)?.textContent ?? name;
  }

  #describe() {
    this.hint.textContent = this.list.selectedOptions[0]?.dataset.summary ?? "";
  }
}
