/** The view as one SVG file: picture, map, frame, scale and caption, for a paper or a slide. Letters stay letters. */

import * as api from "./api.js";
import { endsOf, limitOf } from "./drawing.js";
import { number, visible } from "./format.js";

/** Of the caption and its scale, in hundredths of the picture's longer side. */
const LINE = 4;

/** `photo` is the element with the upright picture, `canvas` the map over it, `lines` the caption. */
export async function vectorOf({ photo, canvas, shown, lines }) {
  const { map, look } = shown;
  const { width, height } = map.image;
  const unit = Math.max(width, height) / 100;
  const [first, last] = endsOf(limitOf(shown), look.evidence);
  const picture = await inlined(await copied(photo));
  const bar = await inlined(await api.ownFile(`/colormaps/${look.colormap}.png`));
  const letters = `font-family="sans-serif" font-size="${2.4 * unit}"`;
  const at = (row) => height + (row + 0.75) * LINE * unit;
  const whole = `width="${width}" height="${height}" preserveAspectRatio="none"`;
  const texts = lines.map((text, row) => `<text x="0" y="${at(row + 1)}" ${letters}>${escaped(text)}</text>`);
  return new Blob([`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${at(lines.length + 1)}">`,
    `<title>${escaped(lines[0])}</title>`,
    `<image href="${picture}" ${whole}/>`,
    `<image href="${canvas.toDataURL("image/png")}" opacity="${look.alpha}" ${whole}/>`,
    `<rect x="${map.crop.x}" y="${map.crop.y}" width="${map.crop.width}" height="${map.crop.height}" `,
    `fill="none" stroke="#fff" stroke-width="${0.2 * unit}"/>`,
    `<text x="0" y="${at(0)}" ${letters}>${number(first)}</text>`,
    `<image href="${bar}" x="${12 * unit}" y="${height + 0.8 * unit}" width="${width - 24 * unit}" `,
    `height="${2.4 * unit}" preserveAspectRatio="none"/>`,
    `<text x="${width}" y="${at(0)}" text-anchor="end" ${letters}>${number(last)}</text>`,
    ...texts, "</svg>\n"], { type: "image/svg+xml" });
}

/** The pixels of a picture that is shown, as JPEG. */
function copied(photo) {
  const copy = new OffscreenCanvas(photo.naturalWidth, photo.naturalHeight);
  copy.getContext("2d").drawImage(photo, 0, 0);
  return copy.convertToBlob({ type: "image/jpeg", quality: 0.92 });
}

function inlined(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(blob);
  });
}

function escaped(text) {
  return visible(text).replace(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);
}
