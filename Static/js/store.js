/**
 * The one state of the page. Everything on screen is drawn from it:
 *
 * - `analysis`: the kept analysis, as the API answers it, or null; `photo`: the address of its upright picture.
 * - `shown`: the view on screen with its map, `{question, look, map, peers, table, isExact}`, or null.
 * - `wanted`: the view that was asked for and is not there yet, `{question, look, progress, picture}`, or null.
 * - `sending`: the picture on its way, `{name, preview}`, or null.
 * - `place`: the part of the picture that is asked about, `{x, y, width, height}` in its pixels, or null.
 */
export class Store {
  state = Object.freeze({ analysis: null, photo: null, shown: null, wanted: null, sending: null, place: null });
  #listeners = [];

  /** `listener(state, before)` is called after each change, in the order in which they came. */
  listen(listener) {
    this.#listeners.push(listener);
  }

  set(changes) {
    const before = this.state;
    this.state = Object.freeze({ ...before, ...changes });
    for (const listener of this.#listeners) listener(this.state, before);
  }
}
