/** Choosing whose phone it is: the shop's customers with a search, or somebody new. */

import { face, make } from "./chat-making.js";
import { word } from "./chat-words.js";

const SHOWN_AT_ONCE = 40;
const NEW_ADDRESS = "web-";

/** @typedef {{ address: string, name: string, standing?: string, segment?: string }} Person */

export class People {
  /**
   * @param {Record<string, HTMLElement>} parts of the customer's phone
   * @param {(person: Person) => void} choose
   */
  constructor(parts, choose) {
    this.parts = parts;
    this.choose = choose;
    /** @type {Person[]} */
    this.people = [];
    parts.who.addEventListener("click", () => this.open());
    parts["panel-close"].addEventListener("click", () => this.close());
    parts.search.addEventListener("input", () => this.show());
    parts.new.addEventListener("click", () => this.pick(this.somebodyNew()));
    parts.panel.addEventListener("keydown", (event) => this.steer(event));
  }

  set(people) {
    this.people = people;
    if (!this.parts.panel.hidden) this.show();
  }

  open() {
    this.parts.panel.hidden = false;
    this.parts.body.inert = true;
    this.parts.who.setAttribute("aria-expanded", "true");
    this.parts.search.value = "";
    this.show();
    this.parts.search.focus();
  }

  close() {
    if (this.parts.panel.hidden) return;
    this.parts.panel.hidden = true;
    this.parts.body.inert = false;
    this.parts.who.setAttribute("aria-expanded", "false");
    this.parts.who.focus();
  }

  get sought() {
    return this.parts.search.value.trim();
  }

  get found() {
    const sought = plain(this.sought);
    return this.people.filter((each) => !sought || plain(each.name).includes(sought));
  }

  show() {
    const { people, nobody, more, new: fresh, "new-words": words } = this.parts;
    const found = this.found;
    people.replaceChildren(...found.slice(0, SHOWN_AT_ONCE).map((each) => this.entry(each)));
    nobody.hidden = found.length > 0;
    more.hidden = found.length <= SHOWN_AT_ONCE;
    more.textContent = word("more_people", { count: found.length - SHOWN_AT_ONCE });
    fresh.hidden = !this.sought;
    words.textContent = word("begin_new", { name: this.sought });
  }

  entry(person) {
    const picture = make("span", { class: "face", "aria-hidden": "true" });
    face(picture, person.name);
    const standing = standingOf(person);
    const told = [standing && word(standing), person.segment].filter(Boolean).join(" · ");
    const button = make(
      "button",
      { class: "person", type: "button" },
      picture,
      make("span", { class: "person-words" }, make("span", { class: "person-name" }, person.name), make("span", { class: "person-what" }, told)),
      make("span", { class: "dot", "aria-hidden": "true", data: { standing: standing || "unasked" } }),
    );
    button.addEventListener("click", () => this.pick(person));
    return make("li", {}, button);
  }

  /** Somebody who never wrote: an address of their own, so that two of one name stay two. */
  somebodyNew() {
    const name = this.sought;
    const known = this.people.find((each) => plain(each.name) === plain(name));
    if (known) return known;
    const base = plain(name).replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
    return { address: `${NEW_ADDRESS}${base || "tamu"}-${Math.random().toString(36).slice(2, 6)}`, name };
  }

  pick(person) {
    if (!person.name) return;
    this.close();
    this.choose(person);
  }

  steer(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter" && event.target === this.parts.search) {
      event.preventDefault();
      if (this.sought) this.pick(this.found[0] ?? this.somebodyNew());
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.step(event.key === "ArrowDown" ? 1 : -1);
    }
  }

  step(by) {
    const stops = [this.parts.search, ...this.parts.panel.querySelectorAll("button.person:not([hidden])")];
    const at = stops.indexOf(document.activeElement);
    stops[Math.min(Math.max(at + by, 0), stops.length - 1)].focus();
  }
}

/** Where they stand with offers, as one of our words. */
export function standingOf(person) {
  const known = ["yes", "no", "left", "unasked"];
  return known.includes(person.standing) ? person.standing : "";
}

/** A name for comparing: small letters, without accents. */
const plain = (name) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase().trim();
