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

export async function analyse(file, model, signal) {
  const response = await ask(`/api/analyses${query({ model })}`, { method: "POST", body: file, signal });
  return response.json();
}

export async function analysis(id) {
  return (await ask(`/api/analyses/${encodeURIComponent(id)}`)).json();
}

/** The upright picture, at most 1024 pixels on its longer side. */
export async function image(analysis) {
  return (await ask(analysis.links.image)).blob();
}

/**
 * A look at an analysis: `{reference, against, method, extras, evidence, colormap, contours}`. `reference` and `against` are an index, a label or
 * a WordNet id; `extras` are further parameters of the map, as the address had them.
 */
const mapParameters = ({ reference, against, method, extras }) => ({ class: reference, against, method, ...extras });

const USUAL_COLORS = { positive: "turbo", negative: "turbo", signed: "coolwarm" };
export const usualColors = (evidence) => USUAL_COLORS[evidence];

/** The map alone, opaque inside the crop, and whether there was anything to draw. */
export async function heatmap(analysis, look, signal) {
  const { evidence, colormap, contours } = look;
  const parameters = { ...mapParameters(look), evidence, colormap, contours, alpha: 1, overlay: false };
  const response = await ask(analysis.links.heatmap + query(parameters), { signal });
  return { blob: await response.blob(), status: response.headers.get("X-Gaze-Status") ?? "ok" };
}

/** The raw map at layer resolution. */
export async function saliency(analysis, look, signal) {
  return (await ask(analysis.links.saliency_json + query(mapParameters(look)), { signal })).json();
}

export async function classes(model) {
  return (await (await ask(`/api/models/${encodeURIComponent(model)}/classes`)).json()).classes;
}

/**
 * Addresses of one view, for the address bar, for downloads and for sharing. In the page's, what is as ever is left out. `compare` are the classes
 * of the picture that shows several.
 */
export function addresses(analysis, look, { alpha, colorbar, compare }) {
  const { against, evidence, colormap, contours } = look;
  const raw = mapParameters(look);
  const picture = { ...raw, evidence: evidence === "positive" ? null : evidence, contours, colorbar };
  const compared = { ...picture, class: null, classes: compare.filter((index) => String(index) !== against), range: "shared" };
  const isUsual = colormap === usualColors(evidence);
  return {
    page: analysis.links.page + query({ ...picture, alpha: alpha === 0.5 ? null : alpha, colormap: isUsual ? null : colormap }),
    png: analysis.links.heatmap + query({ ...picture, alpha, colormap }),
    compare: analysis.links.heatmap + query({ ...compared, alpha, colormap }),
    receipt: analysis.links.receipt + query({ ...picture, alpha, colormap }),
    npy: analysis.links.saliency_npy + query(raw),
    json: analysis.links.saliency_json + query(raw),
  };
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
    throw new ApiError("The server did not answer. Check the connection and try again; a very large file may be refused.");
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
