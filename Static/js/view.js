/**
 * A view is a question (which map) and a look (how it is drawn). This module reads both from an address, writes them
 * into addresses, and compares them. No page, no state.
 *
 * question: {class, against, method, layer, parameters}; a class is an index, a label or a WordNet id.
 * look: {evidence, range, sharedWith, colormap, contours, colorbar, unseen, alpha, fade}.
 */

const KNOWN = ["class", "classes", "against", "method", "methods", "layer", "evidence", "range", "shared_with",
  "colormap", "contours", "colorbar", "unseen", "alpha", "fade", "compute"];

/**
 * What an address asks for. As on the server, of several classes or methods the first is shown, and several classes
 * share one range unless another is named. `defaults` are those of `Controls.defaults`.
 */
export function viewOf(given, defaults) {
  const text = (name) => given.get(name) || null;
  const classes = listOf(text("classes"));
  const method = text("method") ?? listOf(text("methods"))[0] ?? defaults.method;
  const evidence = text("evidence") ?? defaults.evidence;
  const question = {
    class: text("class") ?? classes[0] ?? null, against: text("against"), method, layer: text("layer"),
    parameters: parametersOf(given, method),
  };
  const look = {
    evidence,
    range: text("range") ?? (classes.length > 1 ? "shared" : "own"),
    sharedWith: [...new Set([...classes.slice(1), ...listOf(text("shared_with"))])],
    colormap: text("colormap") ?? defaults.colormaps[evidence],
    contours: text("contours"),
    colorbar: text("colorbar") === "true",
    unseen: text("unseen") ?? "hatched",
    alpha: text("alpha") === null ? defaults.alpha : Number(text("alpha")),
    fade: text("fade") ?? "none",
  };
  return { question, look };
}

/** The defaults for what a model gives: a value is explained for and against. */
export function suited(defaults, output) {
  if (output !== "value") return defaults;
  const evidence = "signed";
  const look = { ...defaults.look, evidence, colormap: defaults.colormaps[evidence] };
  return { ...defaults, evidence, look };
}

function listOf(text) {
  return text === null ? [] : text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

/** What no control stands for belongs to the map; a name such as `rise.masks` only to its method. */
function parametersOf(given, method) {
  const others = [...given].filter(([name, value]) => !KNOWN.includes(name) && value !== "");
  return Object.fromEntries(others.filter(([name]) => !name.includes(".") || name.startsWith(`${method}.`)));
}

/** The question with changes. A class is never held against itself. */
export function ask(question, changes) {
  const next = { ...question, ...changes };
  if ("method" in changes && changes.method !== question.method) next.parameters = {};
  if (next.against !== null && String(next.against) === String(next.class)) next.against = null;
  return next;
}

/** The classes whose maps the range is shared with, beside the one that is shown. */
export function peersOf(question, look) {
  if (look.range !== "shared") return [];
  return look.sharedWith.filter((each) => each !== String(question.class) && each !== String(question.against));
}

/** What the server is asked for to get the raw map. */
export function mapParameters({ class: reference, against, method, layer, parameters }, defaults) {
  return { class: reference, against, method: unless(defaults.method, method), layer, ...parameters };
}

/** And to get its picture. */
export function pictureParameters(question, look, defaults) {
  return {
    ...mapParameters(question, defaults), ...lookParameters(question, look, defaults), alpha: look.alpha,
    colormap: look.colormap,
  };
}

/** The page's address leaves out what is as the server has it anyway. */
export function pageParameters(question, look, defaults) {
  return {
    ...mapParameters(question, defaults), ...lookParameters(question, look, defaults),
    alpha: unless(defaults.alpha, look.alpha), colormap: unless(defaults.colormaps[look.evidence], look.colormap),
  };
}

function lookParameters(question, look, defaults) {
  const peers = peersOf(question, look);
  const isAlone = look.range === "shared" && peers.length === 0;
  return {
    evidence: unless(defaults.evidence, look.evidence),
    range: isAlone ? null : unless("own", look.range),
    shared_with: peers.length === 0 ? null : peers.join(","),
    contours: look.contours,
    colorbar: look.colorbar || null,
    unseen: unless("hatched", look.unseen),
    fade: unless("none", look.fade),
  };
}

function unless(defaultValue, value) {
  return value === defaultValue ? null : value;
}

/** Whether two views show the same; an index and its text are the same class. */
export function isSame(one, other) {
  return textOf(one) === textOf(other);
}

function textOf({ question, look }) {
  const { class: reference, against, method, layer, parameters } = question;
  return JSON.stringify([String(reference), against === null ? null : String(against), method, layer, parameters,
    ...Object.entries(look).toSorted()]);
}
