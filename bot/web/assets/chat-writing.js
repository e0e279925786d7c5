/** A message's text as it is shown: plain, as it came, with addresses to follow, codes to copy, commands to tap. */

import { icon, make } from "./chat-making.js";
import { word } from "./chat-words.js";

const LINK = /https?:\/\/[^\s<>"'`]+/gu;
const COMMAND = /(?<![\p{L}\p{N}/:.])\/([a-z_]+)(?: \d+)?(?![\p{L}\p{N}/])/giu;
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
 * @param {{ copy: (code: string) => void, say: (command: string) => void, commands: string[] }} doings
 */
export function written(text, copyable, doings) {
  const shown = document.createDocumentFragment();
  let at = 0;
  for (const part of partsToMark(text, copyable, doings.commands)) {
    shown.append(text.slice(at, part.at));
    shown.append(MAKES[part.kind](part.text, doings));
    at = part.at + part.text.length;
  }
  shown.append(text.slice(at));
  return shown;
}

/** Links, codes and commands in the order in which they stand; where two overlap, the first. */
function partsToMark(text, copyable, commands) {
  const found = [];
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(CLOSING, "");
    if (webAddress(address)) found.push({ at: match.index, text: address, kind: "link" });
  }
  for (const each of copyable.filter(Boolean)) {
    for (let at = text.indexOf(each); at >= 0; at = text.indexOf(each, at + each.length)) {
      found.push({ at, text: each, kind: "code" });
    }
  }
  for (const match of text.matchAll(COMMAND)) {
    if (commands.includes(match[1].toLowerCase())) found.push({ at: match.index, text: match[0], kind: "command" });
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

function code(text, { copy }) {
  const button = make("button", { class: "code", type: "button", "aria-label": word("copy", { code: text }) }, text);
  button.append(icon("copy"));
  button.addEventListener("click", () => copy(text));
  return button;
}

function command(text, { say }) {
  const button = make("button", { class: "command", type: "button" }, text);
  button.addEventListener("click", () => say(text));
  return button;
}

const MAKES = { link, code, command };
