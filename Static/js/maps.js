/** The maps of kept analyses, asked for once. What is shown again, or was prefetched, is there at once. */

import * as api from "./api.js";

const KEPT = 64;

/** Promises by key; the ones longest unused go first. A failed one is forgotten, so that it can be tried again. */
class Memo {
  constructor(release) {
    this.entries = new Map();
    this.release = release;
  }

  get(key, make) {
    const entry = this.entries.get(key) ?? make();
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.catch(() => this.entries.delete(key));
    if (this.entries.size > KEPT) this.#dropOldest();
    return entry;
  }

  #dropOldest() {
    const [key, entry] = this.entries.entries().next().value;
    this.entries.delete(key);
    entry.then(this.release, () => {});
  }
}

const revoke = ({ address }) => URL.revokeObjectURL(address);
const photos = new Memo(revoke);
const heatmaps = new Memo(revoke);
const saliencies = new Memo(() => {});

/** `{address, status}`: the map in colours, decoded, so that it can be swapped in without a flash.
 *  `reference` is an index, a label or a WordNet id; the last two come from links written by hand. */
export function heatmap(analysis, reference, colormap) {
  return heatmaps.get(`${analysis.id}/${reference}/${colormap}`, async () => {
    const { blob, status } = await api.heatmap(analysis, reference, colormap);
    return { address: await decoded(blob), status };
  });
}

/** The raw map at layer resolution. */
export function saliency(analysis, reference) {
  return saliencies.get(`${analysis.id}/${reference}`, () => api.saliency(analysis, reference));
}

/** The address of the upright picture as the server keeps it. */
export async function photo(analysis) {
  const { address } = await photos.get(analysis.id, async () => ({ address: await decoded(await api.image(analysis)) }));
  return address;
}

let prefetching = null;

/** Both maps of every prediction, one after the other in the background: what fails here is said when it is asked for. */
export async function prefetch(analysis, colormap, isWanted) {
  const round = `${analysis.id}/${colormap}`;
  if (round === prefetching) return;
  prefetching = round;
  try {
    for (const { index } of analysis.predictions) {
      if (!isWanted()) break;
      await Promise.all([heatmap(analysis, index, colormap), saliency(analysis, index)]);
    }
  } catch {
    prefetching = null;
  }
}

/** An address for the bytes of a picture that the browser has decoded already. */
export async function decoded(blob) {
  const address = URL.createObjectURL(blob);
  const probe = new Image();
  probe.src = address;
  await probe.decode();
  return address;
}
