/** What is wanted of an analysis becomes what is shown, at once where its map is here; else it stands beside it. */

import * as api from "./api.js";
import { told } from "./format.js";
import { Maps } from "./maps.js";
import { ask, isSame, pageParameters, suited } from "./view.js";

/** After so long without another question the server's own numbers take the place of those of the cube. */
const REST_MS = 250;

/** So many analyses keep their maps in the tab. */
const KEPT = 32;

export class Showing {
  /** The maps of the analyses that were shown. */
  #maps = new Map();
  #wish = null;
  #resting = null;

  /** `fail(error, wish)` is called where a view cannot be shown: `wish` is what `want` was called with. */
  constructor({ store, notices, defaults, fail }) {
    Object.assign(this, { store, notices, defaults, fail });
  }

  /** The maps of the analysis on the page. */
  get maps() {
    const { analysis } = this.store.state;
    return analysis && this.mapsOf(analysis);
  }

  mapsOf(analysis) {
    if (!this.#maps.has(analysis.id)) this.#maps.set(analysis.id, new Maps(analysis, this.defaults));
    if (this.#maps.size > KEPT) this.#maps.delete(this.#maps.keys().next().value);
    return this.#maps.get(analysis.id);
  }

  /** The most likely class, in a range with the first five where their maps cost nothing. */
  firstView(analysis, { question = {}, look = {} }) {
    const [top] = analysis.predictions;
    const plain = { class: top.index, against: null, method: this.defaults.method, layer: null, parameters: {} };
    const first = { ...plain, ...question, class: question.class ?? top.index };
    const isShared = this.mapsOf(analysis).isOfCube(first);
    const range = isShared ? "shared" : "own";
    const sharedWith = isShared ? analysis.predictions.map(({ index }) => String(index)) : [];
    const usual = suited(this.defaults, analysis.output).look;
    return { question: first, look: look.range ? look : { ...usual, ...look, range, sharedWith } };
  }

  /** Another map: what is wanted is shown once it is here. What is wanted already is not asked for twice. */
  async want(question, look, { history = "push", isRenewal = false, isFirst = false, quiet = false } = {}) {
    const { analysis, shown, wanted } = this.store.state;
    if (wanted && isSame(wanted, { question, look })) return;
    this.stop();
    if (!quiet) this.notices.quieten();
    if (shown && isSame(shown, { question, look })) {
      this.store.set({ wanted: null });
      return;
    }
    const maps = this.mapsOf(analysis);
    const ready = maps.ready(question, look);
    if (ready) {
      this.#put(ready, history);
      if (!isFirst) this.#announce(ready.map);
      return;
    }
    const wish = new AbortController();
    this.#wish = wish;
    this.store.set({ wanted: { question, look, since: performance.now(), progress: null, picture: null } });
    try {
      const answer = await maps.get(question, look, wish.signal, (name, data) => this.#follow(wish, name, data));
      if (this.#wish !== wish) return;
      const { look: latest } = this.store.state.wanted;
      const drawn = latest === look ? answer : await maps.get(answer.question, latest, wish.signal);
      if (this.#wish !== wish) return;
      this.#wish = null;
      this.#put(drawn, history);
      if (!isFirst) this.#announce(answer.map);
    } catch (error) {
      if (this.#wish !== wish) return;
      this.stop();
      this.fail(error, { question, look, history, isRenewal, isFirst });
    }
  }

  /** Changes of the question, at what is wanted or shown. */
  ask(changes, look = {}) {
    const at = this.store.state.wanted ?? this.store.state.shown;
    if (at) this.want(ask(at.question, changes), { ...at.look, ...look });
  }

  /**
   * Changes of the look: at once where they can be, also while another map is on its way. While a slider moves
   * (`isMoving`) the address waits.
   */
  draw(changes, { isMoving = false } = {}) {
    const { shown, wanted } = this.store.state;
    if (!shown) return;
    const look = { ...shown.look, ...changes };
    const ready = this.maps.ready(shown.question, look);
    if (wanted) this.store.set({ wanted: { ...wanted, look: { ...wanted.look, ...changes } } });
    if (ready) {
      this.store.set({ shown: ready });
      if (!isMoving) this.record("replace");
      this.#rest(ready);
    } else if (!wanted) {
      this.want(shown.question, look, { history: "replace" });
    }
  }

  #put(shown, history) {
    this.store.set({ shown, wanted: null });
    this.record(history);
    this.#rest(shown);
  }

  /** The cube's numbers have 11 bits: the server's own follow once the question rests. */
  #rest(shown) {
    clearTimeout(this.#resting);
    if (!shown.isExact) this.#resting = setTimeout(() => this.#settle(shown), REST_MS);
  }

  async #settle(shown) {
    try {
      const answer = await this.mapsOf(this.store.state.analysis).get(shown.question, shown.look);
      if (this.store.state.shown === shown) this.store.set({ shown: answer });
    } catch (error) {
      const { question, look } = shown;
      const isGone = error.code === "expired_analysis" || error.code === "unknown_analysis";
      if (isGone && this.store.state.shown === shown) this.fail(error, { question, look, history: "replace" });
    }
  }

  #follow(wish, name, data) {
    const { wanted } = this.store.state;
    if (this.#wish !== wish || !wanted) return;
    if (name === "progress") this.store.set({ wanted: { ...wanted, progress: data } });
    if (name === "partial") this.store.set({ wanted: { ...wanted, picture: data.maps[0].picture_png } });
  }

  #announce(map) {
    this.notices.say(`Showing ${map.class.label}, ${told(map.class)}.`);
  }

  /** What is on its way is not wanted any more. */
  stop() {
    this.#wish?.abort();
    this.#wish = null;
    if (this.store.state.wanted) this.store.set({ wanted: null });
  }

  /** Where what is shown can be found again. */
  get address() {
    const { analysis, shown } = this.store.state;
    return analysis.links.page + api.query(this.parametersOf(shown.question, shown.look));
  }

  /** What the page's address says of a view. */
  parametersOf(question, look) {
    return pageParameters(question, look, suited(this.defaults, this.store.state.analysis.output));
  }

  /**
   * Writes what is shown into the address bar: `way` is "push", "replace", "keep" where the address is to stay although
   * something else is shown for the moment, or "none".
   */
  record(way) {
    const { analysis } = this.store.state;
    if (way === "none") return;
    window.history[way === "push" ? "pushState" : "replaceState"](
      { id: analysis.id, model: analysis.model, output: analysis.output }, "",
      way === "keep" ? location.href : this.address);
  }
}
