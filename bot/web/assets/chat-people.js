/** Choosing whose phone it is: the shop's customers with a search, or somebody new. */

import { face, make } from "./chat-making.js";
import { word } from "./chat-words.js";

const SEEK_AFTER_MS = 150;

/** @typedef {{ address: string, name: string, standing?: string, segment?: string }} Person */

export class People {
  /**
   * @param {Record<string, HTMLElement>} parts of the customer's phone
   * @param {(person: Person) => void} choose
   * @param {(text: string) => void} seek asks the shop for those whose name holds the text
   */
  constructor(parts, choose, seek) {
    this.parts = parts;
    this.choose = choose;
    this.seek = seek;
    /** @type {Person[]} */
    this.people = [];
    this.more = 0;
    parts.who.addEventListener("click", () => this.open());
    parts["panel-close"].addEventListener("click", () => this.close());
    parts.search.addEventListener("input", () => {
      this.show();
      clearTimeout(this.seeking);
      this.seeking = setTimeout(() => this.seek(this.sought), SEEK_AFTER_MS);
    });
    parts.new.addEventListener("click", () => this.pick(this.somebodyNew()));
    parts.panel.addEventListener("keydown", (event) => this.steer(event));
  }

  /** Some of the shop's customers, and how many more there are. Answers to what is no longer sought are left. */
  set(people, more, text = "") {
    if (text !== this.sought && this.isOpen && text) return;
    if (!text && this.isOpen && this.sought) {
      this.seek(this.sought); // who there is has changed
      return;
    }
    const focused = this.isOpen ? document.activeElement?.closest(".person")?.dataset.address : undefined;
    this.people = people;
    this.more = more;
    if (!this.isOpen) return;
    this.show();
    if (focused) this.parts.people.querySelector(`[data-address="${CSS.escape(focused)}"]`)?.focus();
  }

  get isOpen() {
    return !this.parts.panel.hidden;
  }

  open() {
    this.parts.panel.hidden = false;
    this.parts.body.inert = true;
    this.parts.who.setAttribute("aria-expanded", "true");
    this.parts.search.value = "";
    this.show();
    this.seek("");
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
    people.replaceChildren(...found.map((each) => this.entry(each)));
    nobody.hidden = found.length > 0 || !this.sought;
    more.hidden = this.more === 0;
    more.textContent = word("more_people", { count: this.more });
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
      { class: "person", type: "button", data: { address: person.address } },
      picture,
      make("span", { class: "person-words" }, make("span", { class: "person-name" }, person.name), make("span", { class: "person-what" }, told)),
      make("span", { class: "dot", "aria-hidden": "true", data: { standing: standing || "unasked" } }),
    );
    button.addEventListener("click", () => this.pick(person));
    return make("li", {}, button);
  }

  /** Somebody who never wrote: their name is their address, and of two of one name it is the same. */
  somebodyNew() {
    const name = this.sought;
    return this.people.find((each) => plain(each.name) === plain(name)) ?? { address: name, name };
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
