/** What `gaze evaluate --keep` found of a model: how often it is right, what it confuses, and by which evidence. */

import { button, element } from "./elements.js";
import { number, percent, told, visible } from "./format.js";

/** So many images are shown at a time. */
const BATCH = 12;

/** A matrix of more classes is no table that anybody reads. */
const MOST_CLASSES = 30;

const GROUPS = { all: "All images", right: "Classified rightly", wrong: "Classified wrongly" };

/** `report` is report.json, `address` where it stands; `temperature` is what the model has by now. */
export function reportOf(report, { address, temperature }) {
  const picture = (file) => address.replace("report.json", file.split("/").at(-1));
  return [
    element("h2", {}, "How good it is"), ...summary(report, temperature), alarm(report),
    ...matrix(report.results), ...looks(report, picture), ...mistakes(report, picture),
  ].filter(Boolean);
}

function summary({ results, data, model, gaze }, temperature) {
  const { low, high } = results.accuracy_interval_95;
  const facts = [
    ["Right", `${percent(results.accuracy)} (${results.correct} of ${results.images} images)`],
    ["95 % interval", `${percent(low)} to ${percent(high)}`],
    ["Calibration error", percent(results.calibration.expected_error)],
    ["Mean confidence", percent(results.mean_confidence)],
    ["Images from", data.folders.map(visible).join(", ")], ["Measured by", `Gaze ${visible(gaze)}`],
  ];
  const isStale = (model.temperature ?? null) !== temperature;
  return [
    element("dl", { class: "facts" }, ...facts.map(([term, text]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, text)))),
    isStale ? element("p", { class: "note" }, "Its temperature has been changed since: confidence and calibration " +
      "are of the one before. Run “gaze evaluate --keep” again.") : null,
  ];
}

/** What the answers were found to hang on when pictures were changed, and where the maps lie. */
function alarm({ evidence, interventions }) {
  const all = evidence?.background.all;
  const share = all ? `${percent(all.share)} of the evidence for its answers lies beside the object; of a map ` +
    `that is equal everywhere it would be ${percent(all.uniform)}. The objects are ${evidence.objects}, and may be ` +
    "wrong." : "";
  if (!interventions) return share ? note("untested", share) : null;
  const { verdict, findings } = interventions;
  if (verdict === "reliance") {
    const sentences = findings.map(({ label, sentence }) =>
      `Images of ${visible(label)}: the model ${visible(sentence)}.`);
    return note("alarm", `Alarm: answers lean on something other than the object. ${sentences.join(" ")} ${share}`);
  }
  const words = verdict === "none_found"
    ? "No reliance on anything but the object was found by changing pictures; other tests might find one."
    : `Nothing was tested by changing pictures: ${visible(interventions.not_run[0]?.why ?? "too few images")}.`;
  return note(verdict, `${words} ${share}`);
}

function note(verdict, text) {
  const attributes = verdict === "alarm" ? { class: "alert", role: "alert" } : { class: "note" };
  return element("p", { id: "model-alarm", ...attributes }, text);
}

/** Rows are the labels, columns the answers; the darker a cell, the larger its share of the row. */
function matrix({ confusion: { counts }, classes }) {
  const title = element("h2", {}, "What it takes for what");
  if (classes.length > MOST_CLASSES) return [title, pairs(counts, classes)];
  const head = element("tr", {}, element("td"), ...classes.map(({ label }) =>
    element("th", { scope: "col" }, visible(label))));
  const rows = counts.map((line, row) => {
    const sum = Math.max(line.reduce((all, count) => all + count, 0), 1);
    return element("tr", {}, element("th", { scope: "row" }, visible(classes[row].label)),
      ...line.map((count, column) => cell(count, count / sum, row === column)));
  });
  return [title, element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Confusion matrix" },
    element("table", { id: "model-confusion", class: "confusion" },
      element("caption", { class: "hint" }, "Rows are the labels, columns the answers."),
      element("thead", {}, head), element("tbody", {}, ...rows)))];
}

function cell(count, share, isHit) {
  if (count === 0) return element("td", {}, "·");
  const made = element("td", { class: isHit ? "hit" : "miss" }, String(count));
  made.style.setProperty("--share", share.toFixed(3));
  return made;
}

/** The most frequent mistakes, where the matrix is too large. */
function pairs(counts, classes) {
  const found = counts.flatMap((line, row) => line.map((count, column) => ({ count, row, column })))
    .filter(({ count, row, column }) => count > 0 && row !== column)
    .toSorted((a, b) => b.count - a.count).slice(0, MOST_CLASSES);
  return element("table", { id: "model-confusion" },
    element("caption", { class: "hint" }, `Of ${classes.length} classes those that are mistaken most often.`),
    element("thead", {}, element("tr", {}, ...["Label", "Answer", "Images"].map((text) =>
      element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...found.map(({ count, row, column }) => element("tr", {},
      element("td", {}, visible(classes[row].label)), element("td", {}, visible(classes[column].label)),
      element("td", {}, String(count))))));
}

function looks({ mean_maps: maps = [], evidence, results }, picture) {
  if (maps.length === 0) return [];
  const nameOf = (index) => results.classes.find((each) => each.index === index)?.label;
  const figures = maps.map(({ index, group, file, images }) => {
    const name = index === undefined ? "All classes" : visible(nameOf(index));
    const words = `${GROUPS[group]}, ${images}`;
    return figure([[picture(file), `Mean map of ${name}: ${words}`]], element("b", {}, name), ` ${words}`);
  });
  return [element("h2", {}, "Mean maps"), element("p", { class: "hint prose" }, "Where the evidence for its answers " +
    `lies on images of each class, by ${visible(evidence.method)}, over the mean of what the network saw.`),
  element("div", { id: "model-looks", class: "grid" }, ...figures)];
}

/** Each image that it got wrong, then those that it got right by what lies beside the object. */
function mistakes({ images = [] }, picture) {
  const drawn = images.filter(({ pictures }) => pictures);
  const wrong = drawn.filter(isWrong);
  const suspects = drawn.filter((image) => !isWrong(image));
  return [
    element("h2", {}, `Mistakes (${wrong.length})`),
    wrong.length === 0 ? element("p", { class: "hint" }, "There are none.") : gallery("model-mistakes", wrong, picture),
    ...(suspects.length === 0 ? [] : [
      element("h2", {}, "Right, but by what lies beside the object"), gallery("model-suspects", suspects, picture),
    ]),
  ];
}

function isWrong({ labelled, predicted }) {
  return labelled.index !== predicted.index;
}

function gallery(id, images, picture) {
  const grid = element("div", { id, class: "grid" });
  const more = button(`${id}-more`, "", () => add());
  let count = 0;
  function add() {
    grid.append(...images.slice(count, count + BATCH).map((image) => card(image, picture)));
    count = Math.min(count + BATCH, images.length);
    more.hidden = count === images.length;
    more.textContent = `Show more (${images.length - count} are left)`;
  }
  add();
  return element("div", { class: "gallery" }, grid, more);
}

function card({ file, labelled, predicted, background, pictures }, picture) {
  const [answer, label] = [visible(predicted.label), visible(labelled.label)];
  const shown = [
    [picture(pictures.photograph), visible(file)], [picture(pictures.predicted), `Evidence for ${answer}`],
  ];
  if (pictures.labelled) shown.push([picture(pictures.labelled), `Evidence for ${label}`]);
  const beside = background ? `; ${number(100 * background.share)} % of the evidence beside the object` : "";
  return figure(shown, element("b", {}, answer), ` ${told(predicted)}`,
    pictures.labelled ? `; labelled ${label}, ${told(labelled)}` : "", beside,
    element("span", { class: "hint" }, ` ${visible(file)}`));
}

function figure(pictures, ...caption) {
  return element("figure", {}, element("div", { class: "strip" }, ...pictures.map(([src, alt]) =>
    element("img", { src, alt, loading: "lazy" }))), element("figcaption", {}, element("span", {}, ...caption)));
}
