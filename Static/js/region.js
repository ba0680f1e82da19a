/** Cells of a map and parts of a picture: shares, sums, and where evidence is, in words. No page, no state. */

import { evidenceOf } from "./drawing.js";
import { number } from "./format.js";
import { cellFrame } from "./saliency.js";

/** The cells that a part of the picture touches, each with the share of it that is inside, 0 to 1. */
export function sharesOf(map, part) {
  const [rows, columns] = map.shape;
  const found = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const cell = cellFrame(map, row, column);
      const across = Math.min(cell.x + cell.width, part.x + part.width) - Math.max(cell.x, part.x);
      const down = Math.min(cell.y + cell.height, part.y + part.height) - Math.max(cell.y, part.y);
      if (across > 0 && down > 0) found.push({ row, column, share: across * down / (cell.width * cell.height) });
    }
  }
  return found;
}

/** The share of the evidence of one sign that lies in a part of the picture; null where there is none at all. */
export function shareInside(map, evidence, part) {
  const cells = evidenceOf(map, evidence).map((line) => line.map(Math.abs));
  const whole = cells.flat().reduce((sum, value) => sum + value, 0);
  if (whole === 0) return null;
  return sharesOf(map, part).reduce((sum, { row, column, share }) => sum + share * cells[row][column], 0) / whole;
}

/** Where the evidence is: the strongest place, and in how few cells half of it lies. */
export function inWords(map, evidence) {
  const cells = evidenceOf(map, evidence).flatMap((line, row) =>
    line.map((value, column) => ({ row, column, size: Math.abs(value) })));
  const whole = cells.reduce((sum, { size }) => sum + size, 0);
  if (whole === 0) return "There is no such evidence anywhere in the picture.";
  cells.sort((a, b) => b.size - a.size);
  let [sum, count] = [0, 0];
  while (sum < whole / 2) {
    sum += cells[count].size;
    count += 1;
  }
  const [{ row, column }] = cells;
  const { x, y, width, height } = cellFrame(map, row, column);
  const centre = { x: x + width / 2, y: y + height / 2 };
  const spread = count / cells.length;
  const how = spread < 0.12 ? "narrowly focused" : spread < 0.3 ? "in one part of the picture" : "widely spread";
  return `Strongest ${whereIs(centre, map.image)} (x ${Math.round(centre.x)}, y ${Math.round(centre.y)}; ` +
    `${number(map.values[row][column])}). Half of it lies in ${count} of ${cells.length} cells: ${how}.`;
}

function whereIs({ x, y }, { width, height }) {
  const across = x < width / 3 ? "left" : x > width * 2 / 3 ? "right" : "";
  const down = y < height / 3 ? "top" : y > height * 2 / 3 ? "bottom" : "";
  if (!across && !down) return "in the middle";
  return `at the ${[down, across].filter(Boolean).join(" ")}`;
}
