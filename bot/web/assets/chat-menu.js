/** The commands one can choose from: by the button, or by beginning to write one with a stroke. */

import { make } from "./chat-making.js";
import { word } from "./chat-words.js";

export class Menu {
  /**
   * @param {{ menu: HTMLElement, "menu-list": HTMLElement, commands: HTMLElement, text: HTMLTextAreaElement }} parts
   * @param {(says: string) => void} choose
   */
  constructor(parts, choose) {
    this.parts = parts;
    this.choose = choose;
    this.entries = [];
    parts.commands.addEventListener("click", () => (this.isOpen ? this.close(true) : this.open("", true)));
    parts.text.addEventListener("input", () => this.follow());
    parts.text.addEventListener("keydown", (event) => {
      if (this.isOpen && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        this.step(event.key === "ArrowUp" ? -1 : 1);
      } else if (this.isOpen && event.key === "Escape") {
        event.stopPropagation();
        this.close(true);
      }
    });
    parts.menu.addEventListener("keydown", (event) => this.steer(event));
    document.addEventListener("pointerdown", (event) => {
      if (this.isOpen && !parts.menu.contains(event.target) && !parts.commands.contains(event.target)) this.close(false);
    });
  }

  get isOpen() {
    return !this.parts.menu.hidden;
  }

  /** @param {{ name: string, what: string }[]} entries */
  set(entries) {
    this.entries = entries.map((each) => ({ ...each, name: each.name.replace(/^\//, "") }));
  }

  /** What is known as a command, wherever it stands in a text. */
  get names() {
    return this.entries.map((each) => each.name);
  }

  /** While a command is being written, those that begin so. */
  follow() {
    const said = /^\/(\w*)$/.exec(this.parts.text.value);
    if (!said) return this.close(false);
    this.open(said[1], false);
  }

  open(beginning, takesFocus) {
    const wanted = beginning.toLowerCase();
    const found = this.entries.filter((each) => each.name.toLowerCase().startsWith(wanted));
    if (!found.length && beginning) return this.close(false);
    this.parts["menu-list"].replaceChildren(...(found.length ? found.map((each) => this.entry(each)) : [this.nothing()]));
    this.parts.menu.hidden = false;
    this.parts.commands.setAttribute("aria-expanded", "true");
    if (takesFocus) this.parts.menu.querySelector("button")?.focus();
  }

  entry({ name, what }) {
    const button = make("button", { type: "button" }, make("b", {}, `/${name}`), " ", make("span", {}, what));
    button.addEventListener("click", () => {
      this.close(true);
      this.choose(`/${name}`);
    });
    return button;
  }

  nothing() {
    return make("p", {}, word("no_commands"));
  }

  steer(event) {
    const steps = { ArrowUp: -1, ArrowDown: 1 };
    if (event.key === "Escape") {
      event.stopPropagation();
      this.close(true);
    } else if (event.key in steps) {
      event.preventDefault();
      this.step(steps[event.key]);
    }
  }

  step(by) {
    const buttons = [...this.parts.menu.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement);
    const next = at < 0 ? (by < 0 ? buttons.length - 1 : 0) : (at + by + buttons.length) % buttons.length;
    buttons[next]?.focus();
  }

  close(givesFocusBack) {
    if (!this.isOpen) return;
    this.parts.menu.hidden = true;
    this.parts.commands.setAttribute("aria-expanded", "false");
    if (givesFocusBack) this.parts.text.focus();
  }
}
