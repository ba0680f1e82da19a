/** The maps of kept analyses, asked for once. What is shown again, or was prefetched, is there at once. */

import * as api from "./api.js";
import { Memo } from "./memo.js";

const revoke = ({ address }) => URL.revokeObjectURL(address);
const photos = new Memo(revoke);
const heatmaps = new Memo(revoke);
const saliencies = new Memo(() => {});

/** `{address, status}`: the map in colours, decoded, so that it can be swapped in without a flash. */
export function heatmap(analysis, look, signal) {
  return heatmaps.get(`${analysis.id}/${JSON.stringify(look)}`, async () => {
    const { blob, status } = await api.heatmap(analysis, look, signal);
    return { address: await decoded(blob), status };
  });
}

/** The raw map at layer resolution. */
export function saliency(analysis, look, signal) {
  const { reference, against, method, extras } = look;
  const key = `${analysis.id}/${JSON.stringify([reference, against, method, extras])}`;
  return saliencies.get(key, () => api.saliency(analysis, look, signal));
}

/** Both, one after the other: the server computes a map once and remembers it. */
export async function both(analysis, look, signal) {
  const map = await saliency(analysis, look, signal);
  return { map, heatmap: await heatmap(analysis, look, signal) };
}

/** The address of the upright picture as the server keeps it. */
export async function photo(analysis) {
  const load = async () => ({ address: await decoded(await api.image(analysis)) });
  return (await photos.get(analysis.id, load)).address;
}

let prefetching = null;

/** Both maps of every prediction, one by one in the background: what fails here is said when it is asked for. */
export async function prefetch(analysis, look, isWanted) {
  const looks = analysis.predictions.map(({ index }) => ({ ...look, reference: index }));
  const round = `${analysis.id}/${JSON.stringify({ ...look, reference: null })}`;
  if (round === prefetching) return;
  prefetching = round;
  try {
    for (const each of looks) {
      if (!isWanted()) break;
      if (String(each.reference) !== each.against) await both(analysis, each);
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
