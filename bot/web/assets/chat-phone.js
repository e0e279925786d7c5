/** One phone: a conversation, what is being written, and what came meanwhile. */

import { bubble, dayLine, firstWords, isPressed, nameDay, settle } from "./chat-bubble.js";
import { Files } from "./chat-files.js";
import { Hints } from "./chat-hints.js";
import { face, partsOf } from "./chat-making.js";
import { Menu } from "./chat-menu.js";
import { dateOf, word } from "./chat-words.js";

const NEAR_THE_END_PX = 90;
const MOST_READ = 200;

/** Half of a message is enough; of one that is taller than the phone, half of the phone. */
const isBeforeOnesEyes = ({ isIntersecting, intersectionRatio, intersectionRect, rootBounds }) =>
  isIntersecting && (intersectionRatio >= 0.5 || intersectionRect.height >= (rootBounds?.height ?? 0) / 2);

/** @typedef {import("./chat-bubble.js").Message} Message */

export class Phone extends EventTarget {
  /**
   * @param {HTMLElement} place
   * @param {import("./chat-line.js").Line} line
   * @param {{ now: () => Date, tell: (text: string) => void, enlarge: (papers: any) => void }} page
   */
  constructor(place, line, page) {
    super();
    this.name = place.dataset.phone;
    this.place = place;
    this.line = line;
    this.page = page;
    this.parts = partsOf(place);
    /** @type {Map<string, Message>} */
    this.messages = new Map();
    this.unread = new Set();
    this.isTyping = false;
    this.sticks = true;
    this.quoted = null;
    this.doings = {
      press: (message, button) => this.press(message, button),
      quote: (message) => this.quote(message),
      copy: (code) => this.copy(code),
      enlarge: page.enlarge,
      commands: () => this.menu.names,
      say: (what) => this.say(what),
    };
    this.parts["become-button"]?.addEventListener("click", () => line.say({ type: "become" }) || page.tell(word("lost")));
    this.hints = new Hints(this.name, this.parts.chips, (says) => this.say(says));
    this.menu = new Menu(this.parts, (says) => this.say(says));
    const parts = { ...this.parts, place };
    this.files = new Files(parts, (file) => this.hand(file), page.tell);
    this.seeing = new IntersectionObserver((seen) => this.see(seen), { root: this.parts.log, threshold: [0.05, 0.25, 0.5, 0.9] });
    this.listen();
    this.grow();
  }

  listen() {
    const { composer, text, log, "to-bottom": bottom, "stop-quoting": stop } = this.parts;
    composer.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.send();
      } else if (event.key === "Escape" && this.quoted) {
        this.quote(null);
      }
    });
    text.addEventListener("input", () => this.grow());
    log.addEventListener("load", () => this.sticks && this.toEnd(false), true); // a picture came and took its room
    log.addEventListener("scroll", () => this.lookAround(), { passive: true });
    bottom.addEventListener("click", () => this.toEnd(true));
    stop.addEventListener("click", () => this.quote(null));
  }

  /** Whose phone it is from now on. */
  belongsTo(person) {
    if (this.person?.address !== person.address) this.clear();
    this.person = person;
    this.parts.name.textContent = person.name;
    face(this.parts.face, person.name);
    this.parts.log.setAttribute("aria-label", word(`${this.name}`) + `: ${person.name}`);
    this.ask();
  }

  /** Before there is an owner's chat, the owner's phone offers to become it. */
  offerToBecome(isOffered) {
    const hadFocus = document.activeElement === this.parts["become-button"];
    this.parts.become.hidden = !isOffered;
    this.parts.empty.hidden = isOffered || this.messages.size > 0;
    this.parts.composer.inert = isOffered;
    this.parts.chips.inert = isOffered;
    if (!isOffered && hadFocus) this.parts.text.focus();
  }

  /** Ask the shop for what has been said here. */
  ask() {
    if (!this.person) return;
    this.line.say({ type: "open", phone: this.name, address: this.person.address, name: this.person.name });
  }

  clear() {
    this.messages.clear();
    this.unread.clear();
    this.seeing.disconnect();
    this.parts.log.replaceChildren();
    this.quote(null);
    this.type(false);
    this.tellUnread();
  }

  /** All that was said: it is put down without being read out. */
  remember({ address, name, messages }) {
    if (this.person && address !== this.person.address && name !== this.person.name) return;
    this.person = { address, name: name || this.person?.name || address };
    this.parts.name.textContent = this.person.name;
    const { log } = this.parts;
    const before = [...this.messages.keys()];
    const isSame = before.length > 0 && before.every((id) => messages.some((each) => each.id === id));
    log.setAttribute("aria-busy", "true");
    if (!isSame) this.clear();
    for (const each of messages) this.put(each, { isNew: isSame });
    log.setAttribute("aria-busy", "false");
    this.parts.empty.hidden = messages.length > 0 || this.parts.become?.hidden === false;
    this.toEnd(false);
  }

  /** A message that came just now. */
  receive(message) {
    const wasAtEnd = this.isAtEnd;
    const isNew = !this.messages.has(message.id);
    this.put(message, { isNew: true });
    this.parts.empty.hidden = true;
    if (message.from === "me" || wasAtEnd) this.toEnd(false);
    else this.parts["to-bottom"].hidden = false;
    if (isNew && message.from === "shop") {
      this.unread.add(message.id);
      this.type(false);
      this.tellUnread();
      this.dispatchEvent(new CustomEvent("arrived", { detail: message }));
    }
  }

  put(message, { isNew }) {
    const old = message.replaces ?? (this.messages.has(message.id) ? message.id : null);
    const answered = message.in_reply_to ? this.messages.get(message.in_reply_to) : undefined;
    const row = bubble(message, this.doings, answered && isPressed(message, answered) ? undefined : answered);
    if (!isNew) row.classList.add("is-old");
    const stood = old ? this.rowOf(old) : null;
    if (old) this.messages.delete(old);
    this.messages.set(message.id, message);
    if (stood) stood.replaceWith(row);
    else this.parts.log.append(...this.dayFor(message), row);
    if (this.isTyping) this.parts.log.append(this.dots);
    if (message.from === "shop" && message.state !== "read") this.seeing.observe(row);
  }

  dayFor(message) {
    const at = new Date(message.at);
    const last = [...this.parts.log.querySelectorAll(".day")].at(-1);
    return last?.dataset.day === dateOf(at) ? [] : [dayLine(at, this.page.now())];
  }

  /** The clock was moved: today is another day. */
  nameDays() {
    for (const each of this.parts.log.querySelectorAll(".day")) nameDay(each, this.page.now());
  }

  rowOf(id) {
    return this.parts.log.querySelector(`[data-id="${CSS.escape(id)}"]`);
  }

  /** A message of somebody's own has come further, or one of the shop's was read. */
  settle(id, state) {
    const message = this.messages.get(id);
    const row = this.rowOf(id);
    if (message && row) settle(row, message, state);
  }

  /** What is before somebody's eyes is read, and the shop hears of it. */
  see(seen) {
    if (document.visibilityState !== "visible") return;
    const read = seen.filter(isBeforeOnesEyes).map((each) => each.target);
    const numbers = read.map((row) => row.dataset.id)
      .filter((id) => this.messages.has(id) && this.messages.get(id).state !== "read").slice(0, MOST_READ);
    if (!numbers.length || !this.line.say({ type: "read", phone: this.name, messages: numbers })) return;
    for (const id of numbers) {
      this.seeing.unobserve(this.rowOf(id));
      this.messages.get(id).state = "read";
      this.unread.delete(id);
    }
    this.tellUnread();
  }

  /** Look again at what was not seen while the page was away. */
  lookAgain() {
    for (const [id, each] of this.messages) {
      const row = each.from === "shop" && each.state !== "read" ? this.rowOf(id) : null;
      if (!row) continue;
      this.seeing.unobserve(row);
      this.seeing.observe(row);
    }
  }

  tellUnread() {
    this.dispatchEvent(new CustomEvent("unread", { detail: this.unread.size }));
  }

  type(isTyping) {
    this.isTyping = isTyping;
    this.tellStatus();
    if (!this.dots) {
      this.dots = document.createElement("div");
      this.dots.className = "dots";
      this.dots.setAttribute("aria-hidden", "true");
      this.dots.append(...Array.from({ length: 3 }, () => document.createElement("span")));
    }
    if (!isTyping) this.dots.remove();
    else {
      const wasAtEnd = this.isAtEnd;
      this.parts.log.append(this.dots);
      if (wasAtEnd) this.toEnd(false);
    }
  }

  tellStatus() {
    const { status, send } = this.parts;
    const isOpen = this.line.isOpen;
    status.textContent = !isOpen ? word("connecting") : this.isTyping ? word("typing") : this.calm();
    this.place.classList.toggle("is-away", !isOpen);
    send.setAttribute("aria-disabled", String(!isOpen));
  }

  calm() {
    return this.shop ? word("talks_with", { shop: this.shop }) : word("online");
  }

  // Speaking

  send() {
    const { text } = this.parts;
    if (!text.value.trim() || !this.say(text.value)) return;
    text.value = "";
    this.grow();
    this.menu.close(false);
  }

  /** Whether it was said. What cannot be said now stays where it was written. */
  say(what) {
    const said = this.person && this.line.say({
      type: "say", phone: this.name, text: what.trim(), ...(this.quoted ? { in_reply_to: this.quoted } : {}),
    });
    if (!said) {
      this.page.tell(word("lost"));
      return false;
    }
    this.quote(null);
    this.hints.use(what);
    this.dispatchEvent(new CustomEvent("said", { detail: what.trim() }));
    return true;
  }

  press(message, button) {
    const said = this.line.say({ type: "press", phone: this.name, message: message.id, says: button.says });
    if (!said) this.page.tell(word("lost"));
    else this.dispatchEvent(new CustomEvent("said", { detail: button.says }));
  }

  hand(file) {
    const { text } = this.parts;
    const told = this.line.say({ type: "file", phone: this.name, ...file, text: text.value.trim() });
    this.page.tell(told ? word("sending_file", { name: file.name }) : word("lost"));
    if (told) text.value = "";
    this.grow();
  }

  quote(message) {
    const { quoting, quoted, text } = this.parts;
    this.quoted = message?.id ?? null;
    quoting.hidden = !message;
    quoted.textContent = message ? firstWords(message) : "";
    if (message) text.focus();
  }

  async copy(code) {
    try {
      await navigator.clipboard.writeText(code);
      this.page.tell(word("copied", { code }));
    } catch {
      this.page.tell(word("not_copied"));
    }
  }

  /** Words to go on with, to be looked over before they are sent. */
  suggest(words) {
    const { text } = this.parts;
    text.value = words;
    this.grow();
    text.focus();
  }

  // Where one looks

  get isAtEnd() {
    const { log } = this.parts;
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_THE_END_PX;
  }

  toEnd(isGentle) {
    const { log } = this.parts;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    log.scrollTo({ top: log.scrollHeight, behavior: isGentle && !isCalm ? "smooth" : "instant" });
  }

  lookAround() {
    this.sticks = this.isAtEnd;
    this.parts["to-bottom"].hidden = this.sticks;
  }

  grow() {
    const { text } = this.parts;
    text.style.height = "auto";
    const border = text.offsetHeight - text.clientHeight;
    text.style.height = `${Math.min(text.scrollHeight + border, 132)}px`;
  }
}
