/** The HTTP interface, docs/api.md: the only module that fetches. */

/** What went wrong, in words that can be shown. `code` is the API's, or `unreachable` where there was no answer. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = "unreachable", retryAfter = null } = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** What stands before every path of the service: "" or "/gaze". */
export const prefix = document.documentElement.dataset.prefix;

/** `window` is what the samples are stretched by, as `"0,4095"`; null takes them as stored. */
export async function analyse(file, { model, window }, signal) {
  const address = `${prefix}/api/analyses${query({ model, window })}`;
  const response = await ask(address, { method: "POST", body: file, signal });
  return response.json();
}

export async function analysis(id) {
  return (await ask(`${prefix}/api/analyses/${encodeURIComponent(id)}`)).json();
}

/** The upright picture, at most 1024 pixels on its longer side. */
export async function image(kept) {
  return (await ask(kept.links.image)).blob();
}

/**
 * A look at an analysis: `{reference, against, method, extras, evidence, colormap, contours}`. `reference` and
 * `against` are an index, a label or a WordNet id; `extras` are further parameters of the map, as the address had them.
 */
const mapParameters = ({ reference, against, method, extras }) => ({ class: reference, against, method, ...extras });

/** The map alone, opaque inside the crop, and whether there was anything to draw. */
export async function heatmap(kept, look, signal) {
  const { evidence, colormap, contours } = look;
  const parameters = { ...mapParameters(look), evidence, colormap, contours, alpha: 1, overlay: false };
  const response = await ask(kept.links.heatmap + query(parameters), { signal });
  return { blob: await response.blob(), status: response.headers.get("X-Gaze-Status") ?? "ok" };
}

/** The raw map at layer resolution. */
export async function saliency(kept, look, signal) {
  return (await ask(kept.links.saliency_json + query(mapParameters(look)), { signal })).json();
}

/** The classes of a model, in order: `{index, wnid, label}`. */
export async function classes(model) {
  const answer = await ask(`${prefix}/api/models/${encodeURIComponent(model)}/classes`);
  return (await answer.json()).classes;
}

/**
 * Addresses of one view, for the address bar, for downloads and for sharing. `compare` are the classes of the picture
 * that shows several; the page's address leaves out what is as in `defaults`, `{evidence, alpha, colormap}`.
 */
export function addresses(kept, look, { alpha, colorbar, compare, defaults }) {
  const { against, evidence, colormap, contours } = look;
  const raw = mapParameters(look);
  const view = { ...raw, evidence: unless(defaults.evidence, evidence), contours, colorbar };
  const picture = { ...view, alpha, colormap };
  const compared = compare.filter((index) => String(index) !== against);
  const page = { ...view, alpha: unless(defaults.alpha, alpha), colormap: unless(defaults.colormap, colormap) };
  return {
    page: kept.links.page + query(page),
    png: kept.links.heatmap + query(picture),
    compare: kept.links.heatmap + query({ ...picture, class: null, classes: compared, range: "shared" }),
    receipt: kept.links.receipt + query(picture),
    npy: kept.links.saliency_npy + query(raw),
    json: kept.links.saliency_json + query(raw),
  };
}

function unless(defaultValue, value) {
  return value === defaultValue ? null : value;
}

function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

async function ask(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch (cause) {
    if (cause.name === "AbortError") throw cause;
    const words = "The server did not answer. Check the connection and try again; a very large file may be refused.";
    throw new ApiError(words);
  }
  if (response.ok) return response;
  throw await refusal(response);
}

async function refusal(response) {
  const seconds = Number.parseInt(response.headers.get("Retry-After"), 10);
  const details = { status: response.status, code: "internal", retryAfter: Number.isNaN(seconds) ? null : seconds };
  try {
    const { error } = await response.json();
    return new ApiError(error.message, { ...details, code: error.code });
  } catch {
    return new ApiError(`The server answered with status ${response.status}. Try again in a moment.`, details);
  }
}
