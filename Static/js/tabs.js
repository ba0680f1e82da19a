/** The tabs, by the WAI-ARIA pattern: arrow keys move, and the panel of the selected one is shown. */

export class Tabs {
  /** `open(name)` is called when a tab is selected. */
  constructor(list, { open }) {
    this.tabs = [...list.querySelectorAll("[role=tab]")];
    this.open = open;
    list.addEventListener("click", (event) => {
      const tab = event.target.closest("[role=tab]");
      if (tab) this.select(tab);
    });
    list.addEventListener("keydown", (event) => {
      const at = this.tabs.indexOf(document.activeElement);
      const places = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: this.tabs.length - 1 };
      if (!(event.key in places)) return;
      event.preventDefault();
      this.select(this.tabs.at(places[event.key] % this.tabs.length));
      this.selected.focus();
    });
  }

  get selected() {
    return this.tabs.find((tab) => tab.ariaSelected === "true");
  }

  select(tab) {
    for (const each of this.tabs) {
      const isSelected = each === tab;
      each.setAttribute("aria-selected", String(isSelected));
      each.tabIndex = isSelected ? 0 : -1;
      document.getElementById(each.getAttribute("aria-controls")).hidden = !isSelected;
    }
    this.open(tab.id.replace("tab-", ""));
  }
}
