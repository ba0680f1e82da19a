/** Takes the plain page over: the same form and the same result, without leaving the page. */

import * as api from "./js/api.js";
import { search } from "./js/classes.js";
import { Combobox } from "./js/combobox.js";
import { Controls } from "./js/controls.js";
import { listen } from "./js/intake.js";
import { Memo } from "./js/memo.js";
import { ModelList } from "./js/models.js";
import { Notices } from "./js/notices.js";
import { Picture } from "./js/picture.js";
import { Predictions } from "./js/predictions.js";
import { Result } from "./js/result.js";
import { Session } from "./js/session.js";

document.documentElement.dataset.script = "";

const part = (id) => document.getElementById(id);

const controls = new Controls(document);
const models = new ModelList({ list: part("model"), hint: part("model-hint") });
const notices = new Notices({
  progress: part("progress"), error: part("error"), message: part("error-message"), action: part("error-action"),
});
const picture = new Picture(document);
const predictions = new Predictions({ list: part("predictions"), template: part("prediction"), choose: showClass });
const result = new Result(document);
const session = new Session({ controls, models, notices, picture, predictions, result, input: part("image") });
const combobox = new Combobox({
  input: part("class"), list: part("class-hits"), hint: part("class-hint"), find: findClasses,
  choose: ({ index }) => showClass(index),
});
const classLists = new Memo(() => {});

combobox.clear();
adoptAddress();
takePictures();
listenToControls();
window.addEventListener("popstate", ({ state }) => {
  if (state) adoptAddress();
  session.travel(state);
});
const kept = JSON.parse(part("state").textContent);
if (kept) session.show(kept, { reference: part("result").dataset.class, history: "replace" });

function adoptAddress() {
  controls.adopt(new URLSearchParams(location.search));
  picture.setOpacity(controls.drawing.alpha);
}

function takePictures() {
  listen({ input: part("image"), take: analyse, refuse: (words) => notices.complain(words) });
  part("upload").addEventListener("submit", (event) => {
    event.preventDefault();
    const [file] = part("image").files;
    if (file) analyse(file);
  });
  part("model").addEventListener("change", () => session.switchModel(models.selected));
  part("window").addEventListener("change", () => session.restretch(chosenWindow()));
}

function listenToControls() {
  controls.listen({
    ask: () => session.again(),
    fade: () => {
      picture.setOpacity(controls.drawing.alpha);
      session.showAddresses();
    },
    settle: () => {
      session.showAddresses();
      session.record("replace");
    },
  });
  part("share").addEventListener("click", () => session.share());
}

function analyse(file) {
  session.analyse(file, { model: models.selected, window: chosenWindow() });
}

/** What the picture's samples are stretched by, or null. */
function chosenWindow() {
  return part("window").value.trim() || null;
}

/** Shows another class, as a step that the browser's back button undoes. */
function showClass(classIndex) {
  session.select(classIndex, { history: "push" });
}

/** The classes of the model in use that a text may mean. */
async function findClasses(text, limit) {
  const model = session.analysis?.model ?? models.selected;
  try {
    return search(await classLists.get(model, () => api.classes(model)), text, limit);
  } catch (error) {
    session.complain(error, { retry: () => part("class").focus() });
    return { hits: [], count: 0 };
  }
}
