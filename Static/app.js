/** Takes the plain page over: the same form and the same result, without leaving the page. */

import * as api from "./js/api.js";
import { search } from "./js/classes.js";
import { Combobox } from "./js/combobox.js";
import { Controls } from "./js/controls.js";
import { Facts } from "./js/facts.js";
import { visible } from "./js/format.js";
import { listen, readable } from "./js/intake.js";
import { Keep } from "./js/keep.js";
import { ModelList } from "./js/models.js";
import { Notices } from "./js/notices.js";
import { openTabs } from "./js/panels.js";
import { Pending } from "./js/pending.js";
import { Pointing } from "./js/pointing.js";
import { Predictions } from "./js/predictions.js";
import { Session } from "./js/session.js";
import { Stage } from "./js/stage.js";
import { Store } from "./js/store.js";
import { ask, suited, viewOf } from "./js/view.js";

document.documentElement.dataset.script = "";

const part = (id) => document.getElementById(id);
const store = new Store();
const notices = new Notices({
  progress: part("progress"), error: part("error"), message: part("error-message"), action: part("error-action"),
});
const controls = new Controls(document, {
  ask: (changes) => showing.ask(changes, rangeFor(changes)),
  draw: (changes, options) => showing.draw(changes, options),
});
const { defaults } = controls;
const models = new ModelList({ list: part("model"), hint: part("model-hint") });
const modelTitle = (name) => models.title(name);
const session = new Session({ store, notices, defaults, input: part("image"), title: modelTitle });
const { showing } = session;
const answers = new Map();

const parts = [
  models, controls, new Stage(document),
  new Pointing(document, { store, ask: (place) => store.set({ place }), sharpen: () => session.sharpen() }),
  new Predictions(document, { choose: showClass, addressOf, cube: () => showing.maps.cube }),
  new Facts(document, { leadOf: controls.leadOf, titleOf: controls.titleOf, modelTitle }),
  new Keep(document, { store, showing, defaults }), new Pending(document, {
    titleOf: controls.titleOf, costOf: (question, analysis) => controls.costOf(question, analysis), cancel,
  }),
];
store.listen((state, before) => {
  for (const each of parts) each.render(state, before);
});
store.listen(({ analysis }, before) => {
  if (analysis && analysis.model !== before.analysis?.model) learn(analysis);
});

const classField = new Combobox({
  input: part("class"), list: part("class-hits"), hint: part("class-hint"), find: findClasses,
  choose: (entry) => entry && showClass(entry.index),
});
const againstField = new Combobox({
  input: part("against"), list: part("against-hits"), hint: part("against-hint"), find: findClasses,
  choose: holdAgainst,
});
store.listen(({ analysis, shown, wanted }) => {
  part("against").disabled = analysis?.output === "value";
  const held = shown?.map.against;
  if (!wanted) againstField.show(held ? visible(held.label) : "");
});

listen({ input: part("image"), samples: part("samples"), take, refuse: (words) => notices.complain(words) });
part("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  const [file] = part("image").files;
  if (file) take(file);
});
part("model").addEventListener("change", () => session.again({ model: models.selected }));
part("window").addEventListener("change", () => {
  session.again({ model: models.selected, window: part("window").value.trim() || null });
});
part("votes-end").addEventListener("click", () => store.set({ place: null }));
part("full").addEventListener("click", () => toggleFullScreen());
openTabs({ store, session, controls, models, notices, defaults });
window.addEventListener("popstate", ({ state }) => session.travel(state, viewOfAddress(state?.output)));
begin();

/** The page as the server wrote it: what it could not show of the address it has said, and shows the first answer. */
function begin() {
  classField.show("");
  classField.clear();
  const kept = JSON.parse(part("state").textContent);
  if (!kept) return;
  const isRefused = !part("error").hidden;
  const address = isRefused ? new URLSearchParams() : new URLSearchParams(location.search);
  const { question, look } = viewOf(address, suited(defaults, kept.output));
  const view = { question: { ...question, class: part("result").dataset.class }, look };
  session.show(kept, { view, history: "replace", quiet: isRefused });
}

/** What the address says of an analysis whose model gives such numbers. */
function viewOfAddress(output) {
  return viewOf(new URLSearchParams(location.search), suited(defaults, output));
}

/** A picture to be analysed, by the method and with the look of the one before. */
async function take(chosen) {
  const { file, note } = await readable(chosen);
  if (file === null) {
    notices.complain(note);
    return;
  }
  const { shown, wanted, analysis } = store.state;
  const model = models.selected;
  const at = wanted ?? shown;
  const view = at ? {
    question: {
      method: at.question.method, parameters: at.question.parameters,
      layer: model === analysis.model ? at.question.layer : null,
    },
    look: { ...at.look, range: null },
  } : {};
  session.analyse(file, { model, window: part("window").value.trim() || null, view, note });
}

/** Shows another class, as a step that the browser's back button undoes. */
function showClass(classIndex) {
  showing.ask({ class: classIndex });
}

function holdAgainst(entry) {
  const { shown } = store.state;
  if (entry && entry.index === shown?.map.class.index) {
    notices.complain(`“${visible(entry.label)}” is the class that is shown. Choose another one to hold it against.`);
    return;
  }
  showing.ask({ against: entry && entry.index });
}

/** Another method's values have another unit: their range is that of a first view. */
function rangeFor(changes) {
  if (!("method" in changes || "layer" in changes)) return {};
  const { analysis, shown, wanted } = store.state;
  const at = wanted ?? shown;
  const { look: { range, sharedWith } } = showing.firstView(analysis, { question: at && ask(at.question, changes) });
  return { range, sharedWith };
}

function addressOf(index) {
  const { analysis, shown } = store.state;
  if (!shown) return `${analysis.links.page}${api.query({ class: index })}`;
  return analysis.links.page + api.query(showing.parametersOf(ask(shown.question, { class: index }), shown.look));
}

function cancel() {
  session.cancel();
  if (store.state.shown) showing.record("replace");
}

/** What the model's layers are and what its methods take: no harm where it cannot be had. */
async function learn(analysis) {
  try {
    const [{ layers }, methods] = await Promise.all([
      once(`model ${analysis.model}`, () => api.describeModel(analysis.model)), once("methods", () => api.methods()),
    ]);
    if (store.state.analysis?.model !== analysis.model) return;
    controls.offer({ layers, methods, analysis });
    controls.render(store.state);
  } catch (error) {
    if (error.name !== "ApiError") throw error;
  }
}

/** The classes of the model in use that a text may mean. */
async function findClasses(text, limit) {
  const model = store.state.analysis?.model ?? models.selected;
  try {
    return search(await once(`classes ${model}`, () => api.classes(model)), text, limit);
  } catch (error) {
    session.complain(error, { retry: () => part("class").focus() });
    return { hits: [], count: 0 };
  }
}

/** An answer that does not change is asked for once; a failure is forgotten. */
function once(key, make) {
  if (!answers.has(key)) {
    const answer = make();
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
  }
  return answers.get(key);
}

function toggleFullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => {});
}
