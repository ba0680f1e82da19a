/** Lines of equal evidence, with their numbers: marching squares over the map as it is drawn. No page, no state. */

import { evidenceOf } from "./drawing.js";
import { number } from "./format.js";
import { clamp, mix } from "./saliency.js";

/** Points along a cell's side between which a line is straight; a fine map needs none. */
const steps = (cells) => Math.max(1, Math.round(56 / cells));

/** Draws the lines of `look.contours`, shares of `limit`; of signed evidence also those below zero, dashed. */
export function contours(context, { map, look }, limit, { crop }) {
  const grid = refined(evidenceOf(map, look.evidence));
  const scale = Math.max(1, Math.floor((Math.max(context.canvas.width, context.canvas.height) + 160) / 400));
  const sign = look.evidence === "negative" ? -1 : 1;
  context.save();
  context.font = `${11 * scale}px sans-serif`;
  for (const share of look.contours.split(",").map(Number)) {
    for (const level of look.evidence === "signed" ? [share, -share] : [share]) {
      const lines = segments(grid, level * limit).map((line) => line.map(([u, v]) => [
        crop.x + (u / grid.across) * crop.width, crop.y + (v / grid.down) * crop.height,
      ]));
      stroke(context, lines, level < 0, scale);
      if (lines.length > 0) label(context, number(sign * level * limit), lines[Math.floor(lines.length / 2)][0], scale);
    }
  }
  context.restore();
}

function stroke(context, lines, isDashed, scale) {
  const path = new Path2D();
  for (const [from, to] of lines) {
    path.moveTo(...from);
    path.lineTo(...to);
  }
  context.setLineDash(isDashed ? [6 * scale, 4 * scale] : []);
  for (const [colour, width] of [["#000", 3.25], ["#fff", 1.25]]) {
    context.strokeStyle = colour;
    context.lineWidth = width * scale;
    context.stroke(path);
  }
}

function label(context, text, [x, y], scale) {
  context.setLineDash([]);
  context.strokeStyle = "#000";
  context.lineWidth = 3 * scale;
  context.fillStyle = "#fff";
  context.strokeText(text, x + 3 * scale, y - 3 * scale);
  context.fillText(text, x + 3 * scale, y - 3 * scale);
}

/** The map between the centres of its cells, finer; `points[v][u]` at `(u, v)` of `across` x `down`, edges included. */
function refined(cells) {
  const [rows, columns] = [cells.length, cells[0].length];
  const step = steps(Math.max(rows, columns));
  const [down, across] = [rows * step, columns * step];
  const points = Array.from({ length: down + 1 }, (_, v) => Array.from({ length: across + 1 }, (__, u) => {
    const [y, x] = [clamp(v / step - 0.5, rows - 1), clamp(u / step - 0.5, columns - 1)];
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [bottom, right] = [Math.min(top + 1, rows - 1), Math.min(left + 1, columns - 1)];
    const upper = mix(cells[top][left], cells[top][right], x - left);
    return mix(upper, mix(cells[bottom][left], cells[bottom][right], x - left), y - top);
  }));
  return { points, across, down };
}

/** Pieces of the line at a level, each from one side of a square to another. */
function segments({ points, across, down }, level) {
  const found = [];
  for (let v = 0; v < down; v += 1) {
    for (let u = 0; u < across; u += 1) {
      const corners = [[u, v], [u + 1, v], [u + 1, v + 1], [u, v + 1]];
      const crossings = corners.flatMap((corner, side) => {
        const next = corners[(side + 1) % 4];
        const [a, b] = [points[corner[1]][corner[0]], points[next[1]][next[0]]];
        if ((a >= level) === (b >= level)) return [];
        const t = (level - a) / (b - a);
        return [[corner[0] + t * (next[0] - corner[0]), corner[1] + t * (next[1] - corner[1])]];
      });
      for (let at = 0; at + 1 < crossings.length; at += 2) found.push([crossings[at], crossings[at + 1]]);
    }
  }
  return found;
}
