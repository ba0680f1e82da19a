/** The picture, the map over it, the frame of what the network saw, the stripes on what it did not, and the scale. */

import { prefix } from "./api.js";
import { contours } from "./contours.js";
import { endsOf, limitOf, paint, seen, whyNothing } from "./drawing.js";
import { number } from "./format.js";

const NOTHING = {
  positive: "Nothing in this picture speaks for this class: the raw map is nowhere positive, " +
    "so there is nothing to draw. The picture is tinted evenly. Try a class from the predictions.",
  negative: "Nothing in this picture speaks against this class: the raw map is nowhere negative, " +
    "so there is nothing to draw. The picture is tinted evenly.",
  flat: "The map has the same value everywhere, so it points nowhere and there is nothing to draw. " +
    "The picture is tinted evenly. Try another class.",
};

/** Pictures of at most so many pixels a side are enlarged several times: their pixels are shown as such. */
const SMALL = 128;

/** The map over a small picture has at least so many pixels a side: its edges are not those of the picture's pixels. */
const ENLARGED = 512;

/** The stripes are as wide as on a picture of so many pixels, whatever its size. */
const HATCHED = 640;

/** The map is drawn as large as the picture that the server keeps. */
const LONGEST = 1024;

export class Stage {
  constructor(root) {
    const part = (id) => root.querySelector(`#${id}`);
    Object.assign(this, {
      photo: part("photo"), heat: part("heat"), frames: part("crop"), frame: part("crop-frame"),
      unseen: part("stripes"), hatch: part("hatch"), status: part("map-status"), scale: part("scale"),
      scaleFirst: part("scale-first"), scaleLast: part("scale-last"), scaleZero: part("scale-zero"),
      legend: part("legend"),
    });
  }

  render({ analysis, photo, shown, sending }, before) {
    const address = sending ? sending.preview : photo;
    if (address && this.photo.getAttribute("src") !== address) this.photo.src = address;
    if (analysis && (analysis !== before.analysis || sending !== before.sending)) this.#fit(analysis, sending);
    this.heat.hidden = !shown || sending !== null;
    this.frames.toggleAttribute("hidden", sending !== null || !photo);
    if (!shown) return;
    if (shown !== before.shown) this.#draw(shown, before.shown);
  }

  /** The box has the picture's shape before its pixels are here, so that nothing moves. */
  #fit({ image, crop }, sending) {
    const { photo } = this;
    if (sending) {
      photo.removeAttribute("width");
      photo.removeAttribute("height");
      return;
    }
    photo.width = image.width;
    photo.height = image.height;
    photo.toggleAttribute("data-small", Math.max(image.width, image.height) <= SMALL);
    this.frames.setAttribute("viewBox", `0 0 ${image.width} ${image.height}`);
    place(this.frame, crop);
    this.hatch.setAttribute("patternTransform", `rotate(45) scale(${Math.max(image.width, image.height) / HATCHED})`);
    const [right, bottom] = [crop.x + crop.width, crop.y + crop.height];
    const hole = `M${crop.x} ${crop.y}H${right}V${bottom}H${crop.x}Z`;
    this.unseen.setAttribute("d", `M0 0H${image.width}V${image.height}H0Z${hole}`);
  }

  #draw(shown, before) {
    this.heat.style.opacity = shown.look.alpha;
    this.unseen.toggleAttribute("hidden", shown.look.unseen === "plain");
    if (before && onlyFades(shown, before)) return;
    const limit = limitOf(shown);
    drawOn(this.heat, shown, limit);
    this.#describeScale(shown, limit);
  }

  #describeScale({ map, look }, limit) {
    const [first, last] = endsOf(limit, look.evidence);
    this.legend.src = `${prefix}/colormaps/${look.colormap}.png`;
    this.scaleFirst.textContent = number(first);
    this.scaleLast.textContent = number(last);
    this.scaleZero.hidden = look.evidence !== "signed";
    const nothing = whyNothing(map, look.evidence);
    this.scale.hidden = nothing !== null;
    this.status.textContent = nothing === null ? "" : NOTHING[nothing];
    this.status.hidden = nothing === null;
  }
}

/** Draws a view's map on a canvas of the picture's shape: as large as the picture, but a small one's is enlarged. */
export function drawOn(canvas, shown, limit, longest = LONGEST) {
  const { width, height } = shown.map.image;
  const side = Math.max(width, height);
  const share = side <= SMALL ? Math.ceil(ENLARGED / side) : Math.min(1, longest / side);
  canvas.width = Math.max(1, Math.round(width * share));
  canvas.height = Math.max(1, Math.round(height * share));
  const part = seen(shown.map, canvas.width, canvas.height);
  if (part.width < 1 || part.height < 1) return;
  const context = canvas.getContext("2d");
  context.putImageData(paint(shown, limit, part), part.x, part.y);
  if (shown.look.contours && limit > 0) contours(context, shown, limit, part);
}

/** Whether nothing but the opacity, or what concerns downloads alone, is another. */
function onlyFades(shown, before) {
  const { look, map, peers, table } = shown;
  const names = ["evidence", "range", "contours", "fade"];
  return map === before.map && table === before.table && names.every((name) => look[name] === before.look[name]) &&
    peers.length === before.peers.length && peers.every((peer, at) => peer === before.peers[at]);
}

export function place(frame, { x, y, width, height }) {
  for (const [name, value] of Object.entries({ x, y, width, height })) frame.setAttribute(name, value);
}
