/**
 * From a raw map to pixels, by the steps of docs/pictures.md: zero, evidence, range, place, colour. The server draws by
 * the same; where both differ, the server is right. No page, no state.
 */

/** Below this share of the largest magnitude a value is rounding noise, as the server has it. */
const NOISE = 2 ** -20;

/** The evidence of each cell: the difference from what the map is without any, with the sign that is shown. */
export function evidenceOf({ values, zero }, evidence) {
  const sign = evidence === "negative" ? -1 : 1;
  return values.map((line) => line.map((raw) => {
    const value = zero === undefined ? raw : differenceFrom(zero, raw);
    return evidence === "signed" ? value : Math.max(sign * value, 0);
  }));
}

function differenceFrom(zero, raw) {
  const difference = raw - zero;
  return Math.abs(difference) <= NOISE * Math.max(Math.abs(raw), Math.abs(zero)) ? 0 : difference;
}

/** The magnitude that has the last colour; 0 where there is nothing to draw. */
export function limitOf({ map, peers, look }) {
  const { evidence, range } = look;
  if (whyNothing(map, evidence) !== null) return 0;
  const own = magnitudes(map, evidence);
  if (range === "own") return largest(own);
  if (range === "shared") return Math.max(largest(own), ...peers.map((peer) => largest(magnitudes(peer, evidence))));
  if (range.startsWith("p")) return quantile(own.toSorted((a, b) => a - b), Number(range.slice(1)) / 100);
  return Number(range);
}

function magnitudes(map, evidence) {
  return evidenceOf(map, evidence).flat().map(Math.abs);
}

function largest(values) {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** Linear between neighbours; the largest where that is 0. */
function quantile(sorted, share) {
  const position = share * (sorted.length - 1);
  const lower = Math.floor(position);
  const upper = Math.min(lower + 1, sorted.length - 1);
  const value = sorted[lower] + (sorted[upper] - sorted[lower]) * (position - lower);
  return value > 0 ? value : sorted.at(-1);
}

/** The evidence of the first and the last colour. */
export function endsOf(limit, evidence) {
  if (evidence === "signed") return [-limit, limit];
  return [0, evidence === "negative" ? -limit : limit];
}

/** "flat", "positive" or "negative", where the map has nothing of the evidence; else null. */
export function whyNothing({ min, max, zero }, evidence) {
  const [least, most] = zero === undefined ? [min, max] : [differenceFrom(zero, min), differenceFrom(zero, max)];
  const noise = NOISE * Math.max(Math.abs(least), Math.abs(most));
  if (most - least <= noise) return "flat";
  if (evidence === "positive" && most <= noise) return "positive";
  return evidence === "negative" && -least <= noise ? "negative" : null;
}

/** The part of a picture of this size whose pixels have their centres in the crop. */
export function seen(map, width, height) {
  const across = width / map.image.width;
  const down = height / map.image.height;
  const { crop } = map;
  const [x, right] = [crop.x, crop.x + crop.width].map((edge) => firstCentre(edge * across, width));
  const [y, bottom] = [crop.y, crop.y + crop.height].map((edge) => firstCentre(edge * down, height));
  return {
    x, y, width: right - x, height: bottom - y,
    crop: { x: crop.x * across, y: crop.y * down, width: crop.width * across, height: crop.height * down },
  };
}

function firstCentre(edge, limit) {
  return Math.min(Math.max(Math.ceil(edge - 0.5), 0), limit);
}

/** The map's colours, as the pixels of `seen(map, width, height)`. */
export function paint({ map, look, table }, limit, part) {
  const zero = look.evidence === "signed" ? 0.5 : 0;
  const scale = limit > 0 ? 255 * (1 - zero) / limit : 0;
  const cells = evidenceOf(map, look.evidence)
    .map((line) => line.map((value) => Math.fround(255 * zero + value * scale)));
  const columns = taps(part.x, part.width, part.crop.x, part.crop.width, cells[0].length);
  const rows = taps(part.y, part.height, part.crop.y, part.crop.height, cells.length);
  const lines = cells.map((line) => sampled(line, columns));
  const colours = look.fade === "value" ? faded(table, zero) : table;
  const pixels = new Uint32Array(part.width * part.height);
  let at = 0;
  for (const { cell, step, fraction } of rows) {
    const [upper, lower] = [lines[cell], lines[cell + step]];
    for (let x = 0; x < part.width; x += 1) {
      const value = upper[x] * (1 - fraction) + lower[x] * fraction;
      pixels[at] = colours[value > 0 ? (value < 255 ? (value + 0.5) | 0 : 255) : 0];
      at += 1;
    }
  }
  return new ImageData(new Uint8ClampedArray(pixels.buffer), part.width, part.height);
}

/** The table's colours, each as opaque as its value's share of the limit: clear at zero. */
function faded(table, zero) {
  return table.map((colour, entry) => {
    const share = Math.abs(entry / 255 - zero) / (1 - zero);
    return (colour & 0xffffff) | Math.round(255 * share) << 24;
  });
}

function sampled(line, columns) {
  return Float32Array.from(columns,
    ({ cell, step, fraction }) => line[cell] * (1 - fraction) + line[cell + step] * fraction);
}

/** Where pixels' centres fall along one axis of a map: bilinear, and beyond the outermost centres the edge's value. */
function taps(first, count, origin, length, cells) {
  return Array.from({ length: count }, (_, index) => {
    const place = Math.min(Math.max((first + index + 0.5 - origin) * cells / length - 0.5, 0), cells - 1);
    const cell = Math.floor(place);
    return { cell, step: cell + 1 < cells ? 1 : 0, fraction: Math.fround(place - cell) };
  });
}
