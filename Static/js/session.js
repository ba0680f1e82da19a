/** From a picture to a map: what is wanted becomes what is shown, or the page says why not and stays as it was. */

import * as api from "./api.js";
import { bytes, told } from "./format.js";
import { decoded } from "./maps.js";
import { Showing } from "./showing.js";

/** The server keeps pictures of at most so many pixels a side. */
const KEPT_SIDE = 1024;

export class Session {
  /** What was sent for which analysis, `{file, window}`. */
  #files = new Map();
  #upload = null;
  /** The analysis whose picture is shown as large as it is. */
  #sharp = null;
  /** Counts the pictures asked for: what comes for an earlier one is dropped. */
  #turn = 0;

  /** `defaults` are the server's, `input` the field that pictures are chosen with, `title(model)` how one is called. */
  constructor({ store, notices, defaults, input, title }) {
    Object.assign(this, { store, notices, input, title });
    this.showing = new Showing({ store, notices, defaults, fail: (error, wish) => this.#fail(error, wish) });
  }

  /** The file of the picture on the page, where it is in this tab, `{file, window}`. */
  get sent() {
    return this.#files.get(this.store.state.analysis?.id);
  }

  // Analysing

  /**
   * Sends a picture, whose samples are stretched by `window`. Of `view` the method and the look are kept, and the class
   * where the model knows it.
   */
  async analyse(file, { model, window = null, view = {}, history = "push", isRenewal = false, note = "" }) {
    this.cancel();
    const upload = new AbortController();
    this.#upload = upload;
    this.notices.quieten();
    const name = file.name || "the picture";
    this.notices.say(`Sending ${name} (${bytes(file.size)}) and waiting for the answer…`);
    this.store.set({ sending: { name, preview: null }, place: null });
    this.#preview(file, name, upload);
    try {
      const analysis = await api.analyse(file, { model, window }, upload.signal);
      if (this.#upload !== upload) return;
      this.#files.set(analysis.id, { file, window });
      await this.show(analysis, { view, history, isRenewal, note });
    } catch (error) {
      if (this.#upload !== upload || upload.signal.aborted) return;
      this.#endUpload();
      this.input.value = "";
      this.complain(error, { retry: () => this.analyse(file, { model, window, view, history }) });
    }
  }

  async #preview(file, name, upload) {
    const preview = await decoded(file).catch(() => null);
    if (preview && this.#upload === upload) this.store.set({ sending: { name, preview } });
    else if (preview) URL.revokeObjectURL(preview);
  }

  #endUpload() {
    this.#upload = null;
    const { preview } = this.store.state.sending ?? {};
    this.store.set({ sending: null });
    if (preview) URL.revokeObjectURL(preview);
  }

  /** The picture that is shown once more, with another window or by another model: its file, or the kept picture. */
  async again({ model, window }) {
    const { analysis, shown } = this.store.state;
    if (!analysis) return;
    const { sent } = this;
    const view = shown ? { question: carried(shown), look: { ...shown.look, range: null } } : {};
    if (sent) {
      await this.analyse(sent.file, { model, window: window === undefined ? sent.window : window, view });
    } else if (window === undefined) {
      try {
        const file = new File([await api.image(analysis)], "the kept picture", { type: "image/jpeg" });
        const note = "The original file is not in this tab, so the kept picture (JPEG, at most 1024 pixels) was sent.";
        await this.analyse(file, { model, view, note });
      } catch (error) {
        this.complain(error, {});
      }
    } else {
      this.notices.complain("The original file is not in this tab. Choose it again to stretch its samples.");
    }
  }

  // Showing

  /**
   * A new analysis: its predictions at once, then a map that is quick, then the one that was asked for. `quiet` leaves
   * what the page says as it is.
   */
  async show(analysis, { view = {}, history, isRenewal = false, note = "", quiet = false }) {
    const maps = this.showing.mapsOf(analysis);
    this.showing.stop();
    this.#sharp = null;
    this.store.set({ analysis, photo: null, shown: null, wanted: null, place: null });
    const [top] = analysis.predictions;
    maps.loadCube().catch(() => {});
    try {
      const photo = await maps.photo();
      if (this.store.state.analysis === analysis) this.store.set({ photo });
    } catch (error) {
      this.complain(error, { retry: () => this.show(analysis, { view, history, note }) });
    } finally {
      if (this.store.state.analysis === analysis) this.#endUpload();
    }
    if (this.store.state.analysis !== analysis) return;
    const took = Math.ceil(analysis.timings_ms.total);
    if (!quiet) this.notices.say(`${top.label}, ${told(top)}. Answered in ${took} ms. ${note}`);
    await this.#showFirst(maps, view, { history, isRenewal, quiet });
  }

  async #showFirst(maps, view, { history, ...options }) {
    const { showing } = this;
    const { question, look } = showing.firstView(maps.analysis, view);
    if (maps.isQuick(question) || maps.ready(question, look)) {
      await showing.want(question, look, { history, ...options, isFirst: true });
      return;
    }
    // A link keeps saying what was asked for: whoever reloads meanwhile asks for that again.
    const way = location.pathname === maps.analysis.links.page ? "keep" : history;
    const quick = { ...question, method: showing.defaults.method, layer: null, parameters: {} };
    await showing.want(quick, { ...look, range: "own" }, { history: way, ...options, isFirst: true });
    const { analysis, shown } = this.store.state;
    if (analysis !== maps.analysis || shown === null) return;
    await showing.want({ ...question, class: shown.question.class }, look, { history: "replace", isFirst: true });
  }

  /** The picture as large as it is, where its file is in this tab: somebody looks closer than the server keeps it. */
  sharpen() {
    const { analysis } = this.store.state;
    const { sent } = this;
    const isWhole = Math.max(analysis.image.width, analysis.image.height) <= KEPT_SIDE;
    if (!sent || sent.window || isWhole || this.#sharp === analysis.id) return;
    this.#sharp = analysis.id;
    this.store.set({ photo: URL.createObjectURL(sent.file) });
  }

  /** What is on its way is not wanted any more; the page and its address say what is shown. */
  cancel() {
    this.#turn += 1;
    if (this.#upload) {
      this.#upload.abort();
      this.#endUpload();
    }
    this.showing.stop();
    this.notices.say("");
  }

  // Going back and forth

  /** To what an address says, as the browser goes back or forth; to the empty page where there is no analysis. */
  async travel(state, view) {
    this.notices.quieten();
    this.cancel();
    if (!state) {
      this.store.set({ analysis: null, photo: null, shown: null, place: null });
      this.input.value = "";
      return;
    }
    if (state.id === this.store.state.analysis?.id) {
      await this.showing.want(view.question, view.look, { history: "none" });
      return;
    }
    const turn = this.#turn;
    try {
      const analysis = await api.analysis(state.id);
      if (turn === this.#turn) await this.show(analysis, { view, history: "none" });
    } catch (error) {
      if (turn === this.#turn && !this.#renew(error, { ...state, view, history: "replace" })) this.complain(error, {});
    }
  }

  // When something goes wrong

  #fail(error, { question, look, history, isRenewal, isFirst }) {
    const { analysis } = this.store.state;
    const view = { question, look };
    if (!isRenewal && this.#renew(error, { id: analysis.id, model: analysis.model, view, history })) return;
    if ((history === "none" || isFirst) && this.store.state.shown) this.showing.record("replace");
    if (error.code === "unknown_class" && isFirst && question.against === null) {
      this.showing.want({ ...question, class: analysis.predictions[0].index }, look, { history });
      const model = this.title(analysis.model);
      this.notices.say(`${model} does not know the class “${question.class}”; its first answer is shown.`);
      return;
    }
    this.complain(error, { retry: () => this.showing.want(question, look, { history }) });
  }

  /** Whether the analysis was dropped and is made again, which it is once, where its file is still in this tab. */
  #renew(error, { id, model, view, history }) {
    const isGone = error.code === "expired_analysis" || error.code === "unknown_analysis";
    const sent = this.#files.get(id);
    if (!isGone || !sent) return false;
    const way = history === "none" ? "replace" : history;
    this.analyse(sent.file, { model, window: sent.window, view, history: way, isRenewal: true });
    return true;
  }

  /** Says what went wrong, with a button for what would help. */
  complain(error, { retry = null }) {
    if (error.name !== "ApiError") {
      console.error(error);
      this.notices.complain("The page could not show the answer. Reload it and try again.");
      return;
    }
    const mayPass = error.status === 0 || error.status === 429 || error.status >= 500;
    const choose = { label: "Choose a picture", run: () => this.input.click() };
    const isOfPicture = error.field === null || error.field === "image";
    const signIn = { label: "Sign in", run: () => location.assign(`${api.prefix}/sign-in`) };
    const remedy = error.status === 401 ? signIn
      : mayPass && retry ? { label: "Try again", run: retry } : isOfPicture ? choose : null;
    this.notices.complain(error.message, error.code.startsWith("unknown_class") ? null : remedy);
  }
}

/** A question that another model may understand: its class by the name that both may have, and no layer. */
function carried({ question, map: { class: { wnid, label } } }) {
  return { ...question, class: wnid ?? label, against: null, layer: null };
}
