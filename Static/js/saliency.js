/** Reading a raw map (saliency.json at layer resolution) at a point of the upright picture. No page, no state. */

/**
 * What the map says at pixel (x, y), or null where the network saw nothing.
 * `value` is interpolated as the picture is (bilinear, half-pixel centres, clamped at the border); `cellValue` is as
 * computed.
 */
export function read(map, x, y) {
  const { crop, shape: [rows, columns], values } = map;
  const v = ((y - crop.y) / crop.height) * rows;
  const u = ((x - crop.x) / crop.width) * columns;
  if (!(u >= 0 && v >= 0 && u < columns && v < rows)) return null;
  const row = Math.floor(v);
  const column = Math.floor(u);
  return { x, y, row, column, cellValue: values[row][column], value: bilinear(values, v - 0.5, u - 0.5) };
}

/** The middle of a cell, in pixels of the upright picture. */
export function middle({ crop, shape: [rows, columns] }, row, column) {
  return { x: crop.x + ((column + 0.5) / columns) * crop.width, y: crop.y + ((row + 0.5) / rows) * crop.height };
}

/** The rectangle of a cell, in pixels of the upright picture. */
export function cellFrame({ crop, shape: [rows, columns] }, row, column) {
  const width = crop.width / columns;
  const height = crop.height / rows;
  return { x: crop.x + column * width, y: crop.y + row * height, width, height };
}

export function strongest({ values }) {
  let best = { row: 0, column: 0 };
  values.forEach((line, row) => line.forEach((value, column) => {
    if (value > values[best.row][best.column]) best = { row, column };
  }));
  return best;
}

/** Between 0 and the limit. */
export function clamp(value, limit) {
  return Math.min(Math.max(value, 0), limit);
}

function bilinear(values, v, u) {
  const [top, bottom, down] = neighbours(v, values.length);
  const [left, right, across] = neighbours(u, values[0].length);
  const upper = mix(values[top][left], values[top][right], across);
  return mix(upper, mix(values[bottom][left], values[bottom][right], across), down);
}

function neighbours(position, count) {
  const clamped = clamp(position, count - 1);
  const first = Math.min(Math.floor(clamped), count - 1);
  return [first, Math.min(first + 1, count - 1), clamped - first];
}

export function mix(a, b, t) {
  return a + (b - a) * t;
}
