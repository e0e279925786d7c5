/** A message's text as it is shown: plain, as it came, with addresses to follow and codes to copy. */

import { icon, make } from "./chat-making.js";
import { word } from "./chat-words.js";

const LINK = /https?:\/\/[^\s<>"'`]+/gu;
const CLOSING = /[.,;:!?)\]}'"…]+$/u;

/**
 * The address where it is one of the web's, else nothing: a link never leads to a script.
 * @param {string} text
 */
export function webAddress(text) {
  try {
    const address = new URL(text);
    return address.protocol === "https:" || address.protocol === "http:" ? address.href : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} text
 * @param {string[]} copyable parts of the text that one taps to copy
 * @param {(code: string) => void} copy
 */
export function written(text, copyable, copy) {
  const shown = document.createDocumentFragment();
  let at = 0;
  for (const part of partsToMark(text, copyable)) {
    shown.append(text.slice(at, part.at));
    shown.append(part.isCode ? code(part.text, copy) : link(part.text));
    at = part.at + part.text.length;
  }
  shown.append(text.slice(at));
  return shown;
}

/** Links and codes in the order in which they stand; where two overlap, the first. */
function partsToMark(text, copyable) {
  const found = [];
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(CLOSING, "");
    if (webAddress(address)) found.push({ at: match.index, text: address, isCode: false });
  }
  for (const each of copyable.filter(Boolean)) {
    for (let at = text.indexOf(each); at >= 0; at = text.indexOf(each, at + each.length)) {
      found.push({ at, text: each, isCode: true });
    }
  }
  found.sort((one, other) => one.at - other.at || other.text.length - one.text.length);
  let end = 0;
  return found.filter((each) => {
    const isFree = each.at >= end;
    if (isFree) end = each.at + each.text.length;
    return isFree;
  });
}

function link(text) {
  return make("a", { href: webAddress(text), target: "_blank", rel: "noopener noreferrer" }, text);
}

function code(text, copy) {
  const button = make("button", { class: "code", type: "button", "aria-label": word("copy", { code: text }) }, text);
  button.append(icon("copy"));
  button.addEventListener("click", () => copy(text));
  return button;
}
