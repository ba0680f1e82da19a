/** From a picture to a map: sending it, showing a class, going back and forth, and what to do where a step fails. */

import * as api from "./api.js";
import { bytes, told } from "./format.js";
import * as maps from "./maps.js";

/** A map that took longer than this is not followed by those of the other predictions. */
const QUICK_MS = 1500;

/** A map that takes longer than this is announced. */
const PATIENCE_MS = 400;

export class Session {
  /** The kept analysis whose picture is on the page, or null. */
  analysis = null;

  /** The class on the picture, or null. */
  shown = null;

  /** What was sent for which analysis, `{file, window}`. */
  #files = new Map();

  /** Counts what was asked for; an answer to anything but the last question is dropped. */
  #turn = 0;
  #upload = null;
  #explaining = null;

  /** Parts of the page, and the field that the picture is chosen with. */
  constructor({ controls, models, notices, picture, predictions, result, input }) {
    Object.assign(this, { controls, models, notices, picture, predictions, result, input });
  }

  // Analysing

  /**
   * Sends a picture, whose samples are stretched by `window`. `reference` is the class to show, where the model knows
   * it; otherwise the top-1 is shown.
   */
  async analyse(file, { model, window = null, reference = null, history = "push", isRenewal = false, note = "" }) {
    const turn = ++this.#turn;
    this.#cancelUpload();
    this.#upload = new AbortController();
    const { signal } = this.#upload;
    this.notices.quieten();
    const name = file.name || "the picture";
    this.notices.say(`Sending ${name} (${bytes(file.size)}) and waiting for the answer…`);
    this.#preview(file, turn);
    try {
      const analysis = await api.analyse(file, { model, window }, signal);
      if (turn !== this.#turn) return;
      this.#upload = null;
      this.#files.set(analysis.id, { file, window });
      await this.show(analysis, { reference, history, isRenewal, note });
    } catch (error) {
      if (turn !== this.#turn || error.name === "AbortError") return;
      this.#upload = null;
      this.input.value = "";
      await this.#restore();
      if (signal.aborted) return;
      this.complain(error, { retry: () => this.analyse(file, { model, window, reference, history }) });
    }
  }

  /** The picture that is shown, with another window, where its file is in this tab. */
  restretch(window) {
    const { analysis, shown } = this;
    const sent = analysis && this.#files.get(analysis.id);
    if (sent) this.analyse(sent.file, { model: analysis.model, window, reference: shown?.index ?? null });
  }

  /** Whether there was one. */
  #cancelUpload() {
    const wasUnderWay = this.#upload !== null;
    this.#upload?.abort();
    this.#upload = null;
    return wasUnderWay;
  }

  async #preview(file, turn) {
    this.result.warn([]);
    const address = await maps.decoded(file).catch(() => null);
    if (address === null) return;
    if (turn !== this.#turn) {
      URL.revokeObjectURL(address);
      return;
    }
    this.result.wait(true);
    this.result.reveal(true);
    this.picture.preview(address);
  }

  /** After a failure: what was on the page before it. */
  async #restore() {
    this.#turn += 1;
    this.result.wait(false);
    if (this.analysis) await this.show(this.analysis, { reference: this.shown?.index, history: "none" });
    else this.result.reveal(false);
  }

  /** Model and class are kept apart: the same picture goes to another model, and the class is looked for there. */
  async switchModel(model) {
    const { analysis, shown } = this;
    if (!analysis) return;
    const reference = shown && (shown.wnid ?? shown.label);
    const sent = this.#files.get(analysis.id);
    if (sent) {
      await this.analyse(sent.file, { model, window: sent.window, reference });
      return;
    }
    try {
      const kept = new File([await api.image(analysis)], "the kept picture", { type: "image/jpeg" });
      const note = "The original file is not in this tab, so the kept picture (JPEG, at most 1024 pixels) was sent.";
      await this.analyse(kept, { model, reference, note });
    } catch (error) {
      this.models.select(analysis.model);
      this.complain(error, {});
    }
  }

  // Showing

  async show(analysis, { reference = null, history, isRenewal = false, note = "" }) {
    const turn = ++this.#turn;
    this.analysis = analysis;
    this.shown = null;
    this.models.select(analysis.model);
    this.controls.suit(analysis.output);
    const [top] = analysis.predictions;
    this.#showPredictions();
    this.result.warn(analysis.warnings ?? []);
    this.result.tellWindow(analysis.image.window ?? null);
    try {
      const address = await maps.photo(analysis);
      if (turn !== this.#turn) return;
      this.picture.show(address, analysis);
      this.result.reveal(true);
      const took = Math.ceil(analysis.timings_ms.total);
      this.notices.say(`${top.label}, ${told(top)}. Answered in ${took} ms. ${note}`);
      await this.select(reference ?? top.index, { history, isRenewal, isFirst: true });
    } catch (error) {
      if (turn !== this.#turn) return;
      const retry = () => this.show(analysis, { reference, history, note });
      this.#handle(error, { reference, history, isRenewal, retry });
    }
  }

  /** Shows a class on the picture. Where the model does not know the first one of an analysis, its top-1 is shown. */
  async select(reference, { history, isRenewal = false, isFirst = false }) {
    const turn = ++this.#turn;
    const { analysis, controls, notices, result } = this;
    const wanted = controls.look(reference);
    notices.quieten();
    result.setBusy(true);
    this.#explaining?.abort();
    this.#explaining = new AbortController();
    const began = performance.now();
    const patience = setTimeout(() => notices.say(`Computing ${controls.methodTitle}…`), PATIENCE_MS);
    try {
      const { map, heatmap } = await maps.both(analysis, wanted, this.#explaining.signal);
      if (turn !== this.#turn) return;
      clearTimeout(patience);
      this.shown = map.class;
      if (map.against) controls.against = String(map.against.index);
      this.picture.lay(heatmap, map, wanted);
      const { lead, methodTitle } = controls;
      result.describe(map, { lead, model: this.models.title(analysis.model), method: methodTitle });
      this.#showPredictions();
      this.showAddresses();
      this.record(history);
      result.wait(false);
      const took = performance.now() - began;
      const said = `Showing ${map.class.label}, ${told(map.class)}.`;
      if (!isFirst || took > QUICK_MS) notices.say(said);
      if (took < QUICK_MS) maps.prefetch(analysis, controls.look(map.class.index), () => turn === this.#turn);
    } catch (error) {
      clearTimeout(patience);
      if (turn !== this.#turn || error.name === "AbortError") return;
      result.wait(false);
      if (error.code === "unknown_class" && isFirst && controls.against === null) {
        await this.select(analysis.predictions[0].index, { history });
        const model = this.models.title(analysis.model);
        notices.say(`${model} does not know the class “${reference}”; its first answer is shown.`);
        return;
      }
      this.#handle(error, { reference, history, isRenewal, retry: () => this.select(reference, { history }) });
    }
  }

  /** The class that is shown, by what the controls say now. */
  again() {
    if (this.shown) this.select(this.shown.index, { history: "replace" });
  }

  #showPredictions() {
    const address = (index) => this.#addresses(index).page;
    this.predictions.show(this.analysis.predictions, this.shown, address);
  }

  showAddresses() {
    if (this.shown) this.result.link(this.#addresses(this.shown.index), this.analysis.model, this.shown);
  }

  async share() {
    if (!this.shown) return;
    const minutes = Math.round(this.analysis.expires_in_seconds / 60);
    await this.result.share(this.#addresses(this.shown.index).page, minutes);
  }

  /** The addresses of what the page shows, of a class. */
  #addresses(classIndex) {
    const first = this.analysis.predictions.map(({ index }) => index);
    const { drawing, defaults } = this.controls;
    const compare = [...new Set([...first, Number(classIndex)])];
    return api.addresses(this.analysis, this.controls.look(classIndex), { ...drawing, compare, defaults });
  }

  // Going back and forth

  /** Writes what is shown into the address bar: `way` is "push", "replace" or "none". */
  record(way) {
    const { analysis, shown } = this;
    if (way === "none" || !shown) return;
    const state = { id: analysis.id, model: analysis.model, classIndex: shown.index };
    window.history[way === "push" ? "pushState" : "replaceState"](state, "", this.#addresses(shown.index).page);
  }

  /** To a state that was recorded, once the controls are as its address says; to the empty page where it is null. */
  async travel(state) {
    this.notices.quieten();
    this.notices.say("");
    const wasUnderWay = this.#cancelUpload();
    if (!state) {
      this.#reset();
      return;
    }
    const { id, model, classIndex: reference } = state;
    if (!wasUnderWay && id === this.analysis?.id) {
      await this.select(reference, { history: "none" });
      return;
    }
    const turn = ++this.#turn;
    try {
      const analysis = await api.analysis(id);
      if (turn === this.#turn) await this.show(analysis, { reference, history: "none" });
    } catch (error) {
      if (turn !== this.#turn || this.#renew(error, { id, model, reference, history: "replace" })) return;
      this.complain(error, {});
    }
  }

  #reset() {
    this.#turn += 1;
    this.result.wait(false);
    this.analysis = null;
    this.shown = null;
    this.result.reveal(false);
    this.result.warn([]);
    this.input.value = "";
    document.title = "Gaze";
  }

  // When something goes wrong

  /** A dropped analysis is asked for again, once, where its file is still in this tab. */
  #handle(error, { reference, history, isRenewal, retry }) {
    const { id, model } = this.analysis;
    if (isRenewal || !this.#renew(error, { id, model, reference, history })) this.complain(error, { retry });
  }

  /** Whether the analysis was dropped and is made again. */
  #renew(error, { id, model, reference, history }) {
    const isGone = error.code === "expired_analysis" || error.code === "unknown_analysis";
    const sent = this.#files.get(id);
    if (!isGone || !sent) return false;
    const { file, window } = sent;
    const way = history === "none" ? "replace" : history;
    this.analyse(file, { model, window, reference, history: way, isRenewal: true });
    return true;
  }

  /** Says what went wrong, with a button for what would help. */
  complain(error, { retry }) {
    this.result.wait(false);
    if (error.name === "ApiError") {
      this.notices.complain(error.message, this.#remedy(error, retry));
    } else {
      console.error(error);
      this.notices.complain("The page could not show the answer. Reload it and try again.");
    }
  }

  #remedy({ code }, retry) {
    const mayPass = ["unreachable", "busy", "internal"].includes(code);
    if (mayPass && retry) return { label: "Try again", run: retry };
    return code === "unknown_class" ? null : { label: "Choose a picture", run: () => this.input.click() };
  }
}
