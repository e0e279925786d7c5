/** Making elements. Text goes in as text: nothing that people wrote is ever read as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, any>} [about] properties; `class`, `data` and what has a hyphen are set as such
 * @param {...(Node | string | null | undefined)} inside
 */
export function make(tag, about = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(about)) {
    if (value === undefined || value === null) continue;
    if (name === "class") made.className = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...inside.filter((each) => each !== null && each !== undefined));
  return made;
}

/** One of the drawings that stand in the page. */
export function icon(name, kind = "icon") {
  const drawing = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  drawing.setAttribute("class", kind);
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("focusable", "false");
  use.setAttribute("href", `#i-${name}`);
  drawing.append(use);
  return drawing;
}

/** The parts of a piece of the page by their names: those marked data-part. */
export function partsOf(place) {
  const found = {};
  for (const each of place.querySelectorAll("[data-part]")) found[each.dataset.part] ??= each;
  return found;
}

/** A face for a name: its initials, in one of six colours. */
export function face(place, name) {
  const letters = [...name.trim()].filter((each) => /[\p{L}\p{N}\s]/u.test(each)).join("");
  const words = letters.split(/\s+/).filter(Boolean);
  const last = words.length > 1 ? [...words.at(-1)][0] : "";
  place.textContent = words.length ? ([...words[0]][0] + last).toLocaleUpperCase() : "?";
  place.dataset.hue = String([...name].reduce((sum, each) => sum + (each.codePointAt(0) ?? 0), 0) % 6);
}
