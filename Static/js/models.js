/** The list of models, and what the selected one knows. */

export class ModelList {
  constructor({ list, hint }) {
    Object.assign(this, { list, hint });
    list.addEventListener("change", () => this.#describe());
  }

  get selected() {
    return this.list.value;
  }

  render({ analysis, sending }, before) {
    if (!analysis || (analysis === before.analysis && (sending || !before.sending))) return;
    this.list.value = analysis.model;
    this.#describe();
  }

  /** A model that came to the store since the page was loaded has no option yet. */
  title(name) {
    return [...this.list.options].find(({ value }) => value === name)?.textContent ?? name;
  }

  #describe() {
    this.hint.textContent = this.list.selectedOptions[0]?.dataset.summary ?? "";
  }
}
