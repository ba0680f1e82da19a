/** Making elements: what the panels that a script alone fills are made of. Texts stay texts. */

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and listeners (`onclick`), and what is in it; null children are left out. */
export function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function button(id, text, act) {
  return element("button", { type: "button", id, onclick: act }, text);
}

/** An element of SVG. */
export function drawn(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}
