/** Takes the plain page over: the same form and the same result, without leaving the page. */

import * as api from "./js/api.js";
import { Combobox } from "./js/combobox.js";
import { search } from "./js/classes.js";
import { bytes, code, number, percent, slug } from "./js/format.js";
import { listen } from "./js/intake.js";
import * as maps from "./js/maps.js";
import { Notices } from "./js/notices.js";
import { Picture } from "./js/picture.js";
import { Predictions } from "./js/predictions.js";

document.documentElement.dataset.script = "";

const part = (id) => document.getElementById(id);

/** Parameters of an address that a control stands for; all others belong to the map and stay with its method. */
const CONTROLLED = ["class", "against", "method", "evidence", "colormap", "contours", "colorbar", "alpha"];
const LEADS = { positive: "Evidence for", negative: "Evidence against", signed: "Evidence for and against" };
/** An answer that took longer than this is not asked for in advance. */
const QUICK_MS = 1500;

/**
 * What is on the page. `shown` is the class on the picture; `files` remembers what was sent for which analysis; `against` is the class of a contrast;
 * `extras` are parameters of the map that only an address can give.
 */
const view = { analysis: null, shown: null, files: new Map(), alpha: 0.5, against: null, extras: {} };

/** Counts what was asked for; an answer to anything but the last question is dropped. */
let turns = 0;
let upload = null;
let explaining = null;
const classLists = new Map();

const notices = new Notices({
  progress: part("progress"), error: part("error"), message: part("error-message"), action: part("error-action"),
});
const picture = new Picture(document);
const predictions = new Predictions({
  list: part("predictions"), template: part("prediction"), choose: (index) => select(index, { history: "push" }),
});
const combobox = new Combobox({
  input: part("class"), list: part("class-hits"), hint: part("class-hint"), find: findClasses,
  choose: ({ index }) => select(index, { history: "push" }),
});

start();

function start() {
  combobox.clear();
  adoptAddress();
  listenToControls();
  listen({
    input: part("image"),
    take: (file) => analyse(file, { model: part("model").value }),
    refuse: (words) => notices.complain(words),
  });
  window.addEventListener("popstate", (event) => travel(event.state));
  const kept = JSON.parse(part("state").textContent);
  if (kept) show(kept, { reference: part("result").dataset.class, history: "replace" });
}

/** A link carries the whole view, whatever the browser remembered of the form. */
function adoptAddress() {
  const given = new URLSearchParams(location.search);
  const alpha = part("alpha");
  if (given.has("alpha")) alpha.value = given.get("alpha");
  const pairs = [...given].filter(([name, value]) => !CONTROLLED.includes(name) && value !== "");
  view.extras = Object.fromEntries(pairs);
  view.against = given.get("against") || null;
  for (const name of ["method", "evidence", "colormap"]) choose(part(name), given.get(name));
  fitColors();
  part("contours").checked = Boolean(given.get("contours"));
  part("colorbar").checked = given.get("colorbar") === "true";
  part("against").value = view.against ?? "";
  describeMethod();
  setAlpha(alpha.valueAsNumber);
}

/** Selects what an address names, and otherwise what the server selected. */
function choose(list, value) {
  const options = [...list.options];
  const option = options.find((each) => each.value === value) ?? options.find((each) => each.defaultSelected);
  if (option) list.value = option.value;
}

/** Colours for one sign or for both, as the evidence needs; what does not fit gives way to the usual ones. */
function fitColors() {
  const colormap = part("colormap");
  const [oneSign, bothSigns] = colormap.querySelectorAll("optgroup");
  const isSigned = part("evidence").value === "signed";
  oneSign.disabled = isSigned;
  bothSigns.disabled = !isSigned;
  if (colormap.selectedOptions[0]?.parentElement.disabled) colormap.value = api.usualColors(part("evidence").value);
}

function describeMethod() {
  part("method-hint").textContent = part("method").selectedOptions[0].dataset.summary;
}

/** Selects a model; one that came to the store since the page was loaded has no option yet. */
function setModel(name) {
  part("model").value = name;
  describeModel();
}

function describeModel() {
  part("model-hint").textContent = part("model").selectedOptions[0]?.dataset.summary ?? "";
}

/** What the controls ask for, of a class. */
function look(reference) {
  const method = part("method");
  return {
    reference,
    against: view.against === String(reference) ? null : view.against,
    method: method.value === method.options[0].value ? null : method.value,
    extras: view.extras,
    evidence: part("evidence").value,
    colormap: part("colormap").value,
    contours: part("contours").checked ? part("contours").value : null,
  };
}

// Analysing

/** Sends a picture. `reference` is the class to show, where the model knows it; otherwise the top-1 is shown. */
async function analyse(file, { model, reference = null, history = "push", isRenewal = false, note = "" }) {
  const turn = ++turns;
  cancelUpload();
  upload = new AbortController();
  const { signal } = upload;
  notices.quieten();
  notices.say(`Sending ${file.name || "the picture"} (${bytes(file.size)}) and waiting for the answer…`);
  preview(file, turn);
  try {
    const analysis = await api.analyse(file, model, signal);
    if (turn !== turns) return;
    upload = null;
    view.files.set(analysis.id, file);
    await show(analysis, { reference, history, isRenewal, note });
  } catch (error) {
    if (turn !== turns || error.name === "AbortError") return;
    upload = null;
    part("image").value = "";
    await restore();
    if (!signal.aborted) complain(error, { retry: () => analyse(file, { model, reference, history }) });
  }
}

/** Whether there was one. */
function cancelUpload() {
  const wasUnderWay = upload !== null;
  upload?.abort();
  upload = null;
  return wasUnderWay;
}

async function preview(file, turn) {
  const address = await maps.decoded(file).catch(() => null);
  if (address === null) return;
  if (turn !== turns) return URL.revokeObjectURL(address);
  wait(true);
  showResult(true);
  picture.preview(address);
}

/** After a failure: what was on the page before it. */
async function restore() {
  turns += 1;
  wait(false);
  if (view.analysis) await show(view.analysis, { reference: view.shown?.index, history: "none" });
  else showResult(false);
}

/** Model and class are kept apart: the same picture goes to another model, and the class is looked for there. */
async function switchModel(model) {
  const { analysis, shown } = view;
  if (!analysis) return;
  const reference = shown && (shown.wnid ?? shown.label);
  const file = view.files.get(analysis.id);
  if (file) return analyse(file, { model, reference });
  try {
    const kept = new File([await api.image(analysis)], "the kept picture", { type: "image/jpeg" });
    const note = "The original file is not in this tab, so the kept picture (JPEG, at most 1024 pixels) was sent instead.";
    await analyse(kept, { model, reference, note });
  } catch (error) {
    setModel(analysis.model);
    complain(error, {});
  }
}

// Showing

async function show(analysis, { reference = null, history, isRenewal = false, note = "" }) {
  const turn = ++turns;
  view.analysis = analysis;
  view.shown = null;
  setModel(analysis.model);
  const [top] = analysis.predictions;
  showPredictions();
  try {
    const address = await maps.photo(analysis);
    if (turn !== turns) return;
    picture.show(address, analysis);
    showResult(true);
    notices.say(`${top.label}, ${percent(top.probability)}. Answered in ${Math.ceil(analysis.timings_ms.total)} ms. ${note}`);
    await select(reference ?? top.index, { history, isRenewal, isFirst: true });
  } catch (error) {
    if (turn !== turns) return;
    handle(error, { reference, history, isRenewal, retry: () => show(analysis, { reference, history, note }) });
  }
}

/** Shows a class on the picture; the first one of an analysis gives way to the top-1 where the model does not know it. */
async function select(reference, { history, isRenewal = false, isFirst = false }) {
  const turn = ++turns;
  const { analysis } = view;
  const wanted = look(reference);
  notices.quieten();
  part("result").setAttribute("aria-busy", "true");
  explaining?.abort();
  explaining = new AbortController();
  const start = performance.now();
  const patience = setTimeout(() => notices.say(`Computing ${methodTitle()}…`), 400);
  try {
    const { map, heatmap } = await maps.both(analysis, wanted, explaining.signal);
    if (turn !== turns) return;
    clearTimeout(patience);
    view.shown = map.class;
    if (map.against) view.against = String(map.against.index);
    picture.lay(heatmap, map, wanted);
    showFacts(map, wanted);
    showPredictions();
    showAddresses();
    record(history);
    wait(false);
    const took = performance.now() - start;
    if (!isFirst || took > QUICK_MS) notices.say(`Showing ${map.class.label}, ${percent(map.class.probability)}.`);
    if (took < QUICK_MS) maps.prefetch(analysis, look(map.class.index), () => turn === turns);
  } catch (error) {
    clearTimeout(patience);
    if (turn !== turns || error.name === "AbortError") return;
    wait(false);
    if (error.code !== "unknown_class" || !isFirst || view.against !== null) {
      return handle(error, { reference, history, isRenewal, retry: () => select(reference, { history }) });
    }
    const [top] = analysis.predictions;
    await select(top.index, { history });
    notices.say(`${modelTitle(analysis.model)} does not know the class “${reference}”; its first answer is shown.`);
  }
}

function showPredictions() {
  const { analysis, shown } = view;
  const address = (index) => addresses(index).page;
  predictions.show(analysis.predictions, shown, address);
}

function showFacts(map, { evidence }) {
  const { analysis, shown } = view;
  const [rows, columns] = map.shape;
  document.title = `${shown.label} · Gaze`;
  part("shown-lead").textContent = LEADS[evidence];
  part("shown-class").textContent = shown.label;
  part("shown-against").textContent = map.against ? `rather than ${map.against.label}` : "";
  part("shown-code").textContent = code(shown);
  part("fact-model").textContent = modelTitle(analysis.model);
  part("fact-method").textContent = methodTitle();
  part("fact-layer").textContent = map.layer?.replaceAll(",", ", ") ?? "none";
  part("fact-map").textContent = `${rows} × ${columns} cells`;
  part("fact-range").textContent = `${number(map.min)} to ${number(map.max)}, mean ${number(map.mean)}`;
}

function showAddresses() {
  const { analysis, shown } = view;
  if (!shown) return;
  const { page, compare, ...files } = addresses(shown.index);
  showComparison(compare);
  const name = `gaze-${analysis.model}-${slug(shown.label)}`;
  for (const [kind, address] of Object.entries(files)) {
    const link = part(`download-${kind}`);
    link.href = address;
    link.download = kind === "receipt" ? `${name}.receipt.json` : `${name}.${kind}`;
  }
  part("share-note").textContent = "";
  part("share-by-hand").hidden = true;
}

/** The picture of the first classes, which is made once somebody looks at it. */
function showComparison(address) {
  part("compare-link").href = address;
  if (part("compare").open) part("compare-picture").src = address;
  else part("compare-picture").removeAttribute("src");
}

/** The addresses of what the page shows, of a class. */
function addresses(classIndex) {
  const first = view.analysis.predictions.map(({ index }) => index);
  return api.addresses(view.analysis, look(classIndex), {
    alpha: view.alpha, colorbar: part("colorbar").checked || null, compare: [...new Set([...first, Number(classIndex)])],
  });
}

function showResult(isShown) {
  part("result").hidden = !isShown;
  part("empty").hidden = isShown;
}

function wait(isWaiting) {
  part("result").toggleAttribute("data-waiting", isWaiting);
  part("result").setAttribute("aria-busy", String(isWaiting));
}

function methodTitle() {
  return part("method").selectedOptions[0].textContent;
}

function modelTitle(name) {
  return [...part("model").options].find(({ value }) => value === name)?.textContent ?? name;
}

// Going back and forth

function record(way) {
  if (way === "none") return;
  const { analysis, shown } = view;
  const state = { id: analysis.id, model: analysis.model, classIndex: shown.index };
  window.history[way === "push" ? "pushState" : "replaceState"](state, "", addresses(shown.index).page);
}

async function travel(state) {
  notices.quieten();
  notices.say("");
  if (!state) return reset();
  const { id, model, classIndex: reference } = state;
  adoptAddress();
  const isPictureShown = !cancelUpload() && id === view.analysis?.id;
  if (isPictureShown) return select(reference, { history: "none" });
  const turn = ++turns;
  try {
    const analysis = await api.analysis(id);
    if (turn === turns) await show(analysis, { reference, history: "none" });
  } catch (error) {
    if (turn === turns && !renew(error, { id, model, reference, history: "replace" })) complain(error, {});
  }
}

function reset() {
  turns += 1;
  cancelUpload();
  wait(false);
  view.analysis = null;
  view.shown = null;
  showResult(false);
  part("image").value = "";
  document.title = "Gaze";
}

// When something goes wrong

const isGone = ({ code }) => code === "expired_analysis" || code === "unknown_analysis";

/** A dropped analysis is asked for again, once, where its file is still in this tab. */
function handle(error, { reference, history, isRenewal, retry }) {
  const { id, model } = view.analysis;
  if (isRenewal || !renew(error, { id, model, reference, history })) complain(error, { retry });
}

function renew(error, { id, model, reference, history }) {
  const file = view.files.get(id);
  if (!isGone(error) || !file) return false;
  analyse(file, { model, reference, history: history === "none" ? "replace" : history, isRenewal: true });
  return true;
}

function complain(error, { retry }) {
  wait(false);
  if (error.name !== "ApiError") {
    console.error(error);
    return notices.complain("The page could not show the answer. Reload it and try again.");
  }
  notices.complain(error.message, remedy(error, retry));
}

function remedy(error, retry) {
  const mendsItself = ["unreachable", "busy", "internal"].includes(error.code);
  if (mendsItself && retry) return { label: "Try again", run: retry };
  if (error.code === "unknown_class") return null;
  return { label: "Choose a picture", run: () => part("image").click() };
}

// Controls

function listenToControls() {
  part("upload").addEventListener("submit", (event) => {
    event.preventDefault();
    const [file] = part("image").files;
    if (file) analyse(file, { model: part("model").value });
  });
  part("controls").addEventListener("submit", (event) => event.preventDefault());
  part("model").addEventListener("change", ({ target }) => {
    describeModel();
    switchModel(target.value);
  });
  part("alpha").addEventListener("input", ({ target }) => setAlpha(target.valueAsNumber));
  part("alpha").addEventListener("change", () => view.shown && record("replace"));
  for (const name of ["method", "evidence", "colormap", "contours"]) {
    part(name).addEventListener("change", () => {
      if (name === "method") view.extras = {};
      fitColors();
      describeMethod();
      again();
    });
  }
  part("against").addEventListener("change", ({ target }) => {
    view.against = target.value.trim() || null;
    again();
  });
  part("against").addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.target.blur();
  });
  part("colorbar").addEventListener("change", () => {
    if (!view.shown) return;
    showAddresses();
    record("replace");
  });
  part("compare").addEventListener("toggle", () => showComparison(part("compare-link").href));
  part("share").addEventListener("click", share);
}

/** The class that is shown, by what the controls say now. */
function again() {
  if (view.shown) select(view.shown.index, { history: "replace" });
}

function setAlpha(alpha) {
  view.alpha = alpha;
  part("alpha-value").textContent = percent(alpha).replace(".0", "");
  picture.setOpacity(alpha);
  if (view.analysis) showAddresses();
}

async function findClasses(text, limit) {
  const model = view.analysis?.model ?? part("model").value;
  if (!classLists.has(model)) classLists.set(model, api.classes(model));
  try {
    return search(await classLists.get(model), text, limit);
  } catch (error) {
    classLists.delete(model);
    complain(error, { retry: () => part("class").focus() });
    return { hits: [], count: 0 };
  }
}

/** Pages that are not served over HTTPS may not write to the clipboard: there the link is laid out to be copied. */
async function share() {
  const { analysis, shown } = view;
  if (!shown) return;
  const link = new URL(addresses(shown.index).page, location.href).href;
  const minutes = Math.round(analysis.expires_in_seconds / 60);
  const lifetime = `It works for ${minutes} minutes after it was last used.`;
  try {
    await navigator.clipboard.writeText(link);
    part("share-note").textContent = `Copied. ${lifetime}`;
  } catch {
    part("share-by-hand").hidden = false;
    part("share-link").value = link;
    part("share-link").select();
    part("share-note").textContent = lifetime;
  }
}
