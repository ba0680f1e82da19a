/** What the page says: how far it is, and what went wrong with what to do about it. Both are read out. */

import { visible } from "./format.js";

export class Notices {
  constructor({ progress, error, message, action }) {
    Object.assign(this, { progress, error, message, action, run: null });
    action.addEventListener("click", () => {
      const { run } = this;
      this.quieten();
      run();
    });
  }

  say(text) {
    this.progress.textContent = visible(text);
  }

  /** `remedy`, where given, is `{label, run}` and becomes a button. */
  complain(text, remedy = null) {
    this.say("");
    this.message.textContent = visible(text);
    this.run = remedy?.run ?? null;
    this.action.textContent = remedy?.label ?? "";
    this.action.hidden = remedy === null;
    this.error.hidden = false;
  }

  quieten() {
    this.error.hidden = true;
    this.message.textContent = "";
  }
}
