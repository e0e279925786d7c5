/** "Try this": a few words to press on each phone. What was used once goes away, and stays away in this tab. */

import { make } from "./chat-making.js";
import { hintsFor } from "./chat-words.js";

const SHOWN = 4;

export class Hints {
  /**
   * @param {string} phone
   * @param {HTMLElement} place
   * @param {(says: string) => void} say
   */
  constructor(phone, place, say) {
    this.place = place;
    this.say = say;
    this.key = `hints-used-${phone}`;
    this.used = new Set(kept(this.key));
    this.hints = hintsFor(phone);
    this.show();
  }

  show() {
    const left = this.hints.filter((each) => !this.used.has(each.key)).slice(0, SHOWN);
    this.place.replaceChildren(...left.map((each) => this.chip(each)));
    this.place.hidden = left.length === 0;
  }

  chip({ says, what }) {
    const chip = make("button", { type: "button" }, make("b", {}, says), make("span", {}, what));
    chip.addEventListener("click", () => this.say(says));
    return chip;
  }

  /** Something was said, by a chip or by hand. The chip that said it goes; focus moves to its neighbour. */
  use(text) {
    const said = text.trim().toLowerCase();
    const hint = this.hints.find((each) => each.says.toLowerCase() === said);
    if (!hint || this.used.has(hint.key)) return;
    const hadFocus = this.place.contains(document.activeElement);
    this.used.add(hint.key);
    keep(this.key, [...this.used]);
    this.show();
    if (hadFocus) this.place.querySelector("button")?.focus();
  }

  saying(key) {
    return this.hints.find((each) => each.key === key)?.says ?? "";
  }
}

/** What this tab remembers; nothing where the browser forbids it. */
export function kept(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "[]");
  } catch {
    return [];
  }
}

export function keep(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    /* it is asked again next time */
  }
}
