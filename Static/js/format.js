/** Numbers as the page shows them. The server writes them the same way into the plain page. */

const NO_BREAK = "\u00a0";

export function percent(probability) {
  const hundredths = probability * 100;
  if (hundredths > 0 && hundredths < 0.05) return `<0.1${NO_BREAK}%`;
  return `${hundredths.toFixed(1)}${NO_BREAK}%`;
}

/** What a class is told by: its probability, or the value of a model that gives values. */
export function told({ probability, value, unit }) {
  if (probability !== undefined) return percent(probability);
  return unit ? `${number(value)}${NO_BREAK}${visible(unit)}` : number(value);
}

/** Three significant digits with a true minus sign. */
export function number(value) {
  const text = Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3);
  return value === 0 ? "0" : text.replaceAll("-", "\u2212");
}

export function bytes(count) {
  if (count < 1e6) return `${Math.max(1, Math.round(count / 1e3))}${NO_BREAK}kB`;
  return `${(count / 1e6).toFixed(1)}${NO_BREAK}MB`;
}

export function code({ index, wnid }) {
  return wnid ? `${index} · ${wnid}` : `${index}`;
}

/**
 * Text as it reads, whatever its author put in: control characters and those that turn the direction of reading, which
 * could show a name as another, become U+FFFD. The server does the same where it writes HTML.
 */
export function visible(text) {
  return text.replace(/[\t\n]/g, " ").replace(/[\p{Control}\p{Bidi_Control}]/gu, "\ufffd");
}

/** Part of a file name: "great white shark" becomes "great-white-shark". */
export function slug(label) {
  return label.toLowerCase().replace(/[^\p{Letter}\p{Number}]+/gu, "-").replace(/^-|-$/g, "");
}
