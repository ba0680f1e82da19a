/** The HTTP interface, docs/api.md: the only module that fetches. */

/** What went wrong, in words that can be shown. `code` is the API's, or `unreachable` where there was no answer. */
export class ApiError extends Error {
  constructor(message, { status = 0, code = "unreachable", field = null, retryAfter = null } = {}) {
    super(message);
    this.name = "ApiError";
    Object.assign(this, { status, code, field, retryAfter });
  }
}

/** What stands before every path of the service: "" or "/gaze". */
export const prefix = document.documentElement.dataset.prefix;

/** `window` is what the samples are stretched by, as `"0,4095"`; null takes them as stored. */
export async function analyse(file, { model, window = null }, signal) {
  const address = `${prefix}/api/analyses${query({ model, window })}`;
  return read(await ask(address, { method: "POST", body: file, signal }));
}

/** `top`: how many classes are listed. */
export async function analysis(id, top = null) {
  return read(await ask(`${prefix}/api/analyses/${encodeURIComponent(id)}${query({ top })}`));
}

/** The upright picture, at most 1024 pixels on its longer side. */
export async function image(kept) {
  return read(await ask(kept.links.image), "blob");
}

/** Raw maps at layer resolution: one, or the list that `classes` asks for. */
export async function saliency(kept, parameters, signal) {
  const answer = await read(await ask(kept.links.saliency_json + query(parameters), { signal }));
  return answer.maps ?? [answer];
}

/** The maps of all classes at once: the bytes of a NumPy file, and what its numbers are to be multiplied by. */
export async function cube(kept) {
  const response = await ask(kept.links.cube);
  return { bytes: await read(response, "arrayBuffer"), scale: Number(response.headers.get("X-Gaze-Scale") ?? 1) };
}

/** As `saliency`, while `tell(name, data)` hears of progress and of pictures of the map as far as it is. */
export async function saliencyInSteps(kept, parameters, signal, tell) {
  const response = await ask(kept.links.events + query(parameters), { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch(lost);
    if (done) throw unreachable();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const { name, data } of blocks.map(eventOf)) {
      if (name === "result") return data.maps ?? [data];
      if (name === "error") throw new ApiError(data.error.message, data.error);
      if (name !== null) tell(name, data);
    }
  }
}

function eventOf(block) {
  const name = block.match(/^event: ?(.*)$/m)?.[1] ?? null;
  const data = block.match(/^data: ?(.*)$/m)?.[1] ?? "null";
  return { name, data: JSON.parse(data) };
}

/** Curves and their controls, for these metrics. */
export async function faithfulness(kept, parameters, signal) {
  return read(await ask(kept.links.faithfulness + query(parameters), { method: "POST", signal }));
}

/** One picture, of which nothing is kept: predictions, map and overlay. */
export async function explain(blob, parameters, signal) {
  const headers = { Accept: "application/json" };
  const address = `${prefix}/api/explain${query(parameters)}`;
  return read(await ask(address, { method: "POST", body: blob, headers, signal }));
}

export async function describeModel(name) {
  return read(await ask(`${prefix}/api/models/${encodeURIComponent(name)}`));
}

/** What was measured of a model, at the address that its description names. */
export async function report(address) {
  return read(await ask(address));
}

/** The classes of a model, in order: `{index, wnid, label}`. */
export async function classes(name) {
  return (await read(await ask(`${prefix}/api/models/${encodeURIComponent(name)}/classes`))).classes;
}

export async function methods() {
  return (await read(await ask(`${prefix}/api/methods`))).methods;
}

/** A picture of the page's own, such as a sample or the colours of a map. */
export async function ownFile(path) {
  return read(await ask(prefix + path), "blob");
}

/** "?class=282&alpha=0.5", without what is null. */
export function query(parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

async function ask(address, options) {
  const response = await fetch(address, options).catch(lost);
  if (response.ok) return response;
  throw await refusal(response);
}

/** The body, as `kind`: a server may also be gone in the middle of it. */
function read(response, kind = "json") {
  return response[kind]().catch(lost);
}

function lost(cause) {
  throw cause.name === "AbortError" ? cause : unreachable();
}

function unreachable() {
  return new ApiError(
    "The server did not answer. Check the connection and try again; a very large file may be refused.");
}

async function refusal(response) {
  const seconds = Number.parseInt(response.headers.get("Retry-After"), 10);
  const details = { status: response.status, code: "internal", retryAfter: Number.isNaN(seconds) ? null : seconds };
  try {
    const { error } = await response.json();
    return new ApiError(error.message, { ...details, code: error.code, field: error.field ?? null });
  } catch {
    return new ApiError(`The server answered with status ${response.status}. Try again in a moment.`, details);
  }
}
