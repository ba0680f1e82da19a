/** Answers asked for once: what is wanted again is there at once. */

const KEPT = 64;

/** Promises by key; the ones longest unused go first. A failed one is forgotten, so that it can be tried again. */
export class Memo {
  /** `release(value)` is called with what goes. */
  constructor(release) {
    this.entries = new Map();
    this.release = release;
  }

  get(key, make) {
    const entry = this.entries.get(key) ?? make();
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.catch(() => this.entries.delete(key));
    if (this.entries.size > KEPT) this.#dropOldest();
    return entry;
  }

  #dropOldest() {
    const [key, entry] = this.entries.entries().next().value;
    this.entries.delete(key);
    entry.then(this.release, () => {});
  }
}
