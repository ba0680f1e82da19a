/** The colour maps: 256 colours each, from the pictures that the server makes of its own tables. */

import * as api from "./api.js";

const tables = new Map();

/** The table where it is here already, else undefined: for each entry the four bytes of a canvas's pixel. */
export function tableNow(name) {
  return tables.get(name);
}

export async function table(name) {
  if (!tables.has(name)) {
    const blob = await api.ownFile(`/colormaps/${name}.png`);
    const bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" });
    const context = new OffscreenCanvas(bitmap.width, 1).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    tables.set(name, new Uint32Array(context.getImageData(0, 0, bitmap.width, 1).data.buffer));
  }
  return tables.get(name);
}
