/** One message as a bubble: words, picture or document, time and ticks, and below it what can be pressed. */

import { icon, make } from "./chat-making.js";
import { dateOf, dayOf, timeOf, word } from "./chat-words.js";
import { webAddress, written } from "./chat-writing.js";

/**
 * @typedef {{ label: string, says: string, url?: string }} Button
 * @typedef {{ name: string, media_type: string, url: string }} Papers
 * @typedef {{ id: string, from: "shop" | "me", text: string, buttons?: Button[], copyable?: string[],
 *   document?: Papers | null, at: string, is_offer?: boolean, replaces?: string | null, in_reply_to?: string | null,
 *   state?: "sent" | "delivered" | "read" }} Message
 * @typedef {{ press: (message: Message, button: Button) => void, quote: (message: Message) => void,
 *   copy: (code: string) => void, say: (what: string) => void, commands: () => string[], enlarge: (papers: { name: string, url: string }) => void }} Doings
 */

const STATES = ["sent", "delivered", "read"];

/**
 * @param {Message} message
 * @param {Doings} doings
 * @param {Message | undefined} quoted the message that this one answers
 */
export function bubble(message, doings, quoted) {
  const isMine = message.from === "me";
  const balloon = make("div", { class: "balloon" });
  const row = make("article", { class: `message ${isMine ? "mine" : "theirs"}`, data: { id: message.id } }, balloon);
  row.classList.toggle("is-offer", Boolean(message.is_offer));
  balloon.append(spokenHead(message));
  if (message.is_offer) balloon.append(make("span", { class: "offer-tag" }, word("offer")));
  if (quoted) balloon.append(make("blockquote", {}, firstWords(quoted)));
  if (message.document) balloon.append(papers(message.document, doings));
  if (message.text) balloon.append(text(message, doings));
  balloon.append(foot(message, isMine));
  if (!isMine) balloon.append(quoting(message, doings));
  const buttons = (message.buttons ?? []).filter((each) => each.label);
  if (buttons.length) row.append(answers(message, buttons, doings));
  return row;
}

/** What is heard before the words: who, when, and how far it has come. */
function spokenHead(message) {
  const time = timeOf(new Date(message.at));
  const told =
    message.from === "me"
      ? word("from_me", { time, state: word(message.state ?? "sent") })
      : word("from_shop", { time });
  return make("span", { class: "unseen spoken" }, told);
}

/** The shop's commands can be tapped; in one's own words they are only words. */
function text(message, doings) {
  const commands = message.from === "shop" ? doings.commands() : [];
  return make("p", { class: "text", dir: "auto" }, written(message.text, message.copyable ?? [], { ...doings, commands }));
}

function foot(message, isMine) {
  const at = new Date(message.at);
  const line = make("span", { class: "foot-line", "aria-hidden": "true" });
  if (message.replaces) line.append(make("span", {}, word("edited")));
  line.append(make("time", { dateTime: message.at, title: `${dayOf(at)}, ${timeOf(at)}` }, timeOf(at)));
  if (isMine) line.append(ticks(message.state ?? "sent"));
  return line;
}

function ticks(state) {
  return make("span", { class: "ticks", data: { state }, title: word(state) }, icon(state === "sent" ? "sent" : "delivered", "tick"));
}

/** A message has come further. It never goes back: what was read stays read, in whatever order news come. */
export function settle(row, message, state) {
  if (STATES.indexOf(state) < STATES.indexOf(message.state ?? "sent")) return;
  message.state = state;
  row.querySelector(".ticks")?.replaceWith(ticks(state));
  row.querySelector(".spoken")?.replaceWith(spokenHead(message));
}

function quoting(message, doings) {
  const label = word("quote");
  const button = make("button", { class: "quote-it", type: "button", title: label }, icon("reply"));
  button.setAttribute("aria-label", `${label}: ${firstWords(message)}`);
  button.addEventListener("click", () => doings.quote(message));
  return button;
}

/** The beginning of a message, for where it is quoted. */
export function firstWords(message) {
  const line = (message.text || message.document?.name || "").replace(/\s+/g, " ").trim();
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}

function answers(message, buttons, doings) {
  const row = make("div", { class: "answers", role: "group", "aria-label": firstWords(message) });
  for (const each of buttons) {
    const address = each.url ? webAddress(new URL(each.url, location.href).href) : null;
    if (address) {
      row.append(make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, each.label, icon("out")));
    } else {
      const button = make("button", { type: "button" }, each.label);
      button.addEventListener("click", () => doings.press(message, each));
      row.append(button);
    }
  }
  return row;
}

/** A picture to look at or a document to take along. Only what this shop serves is shown. */
function papers(document_, doings) {
  const url = new URL(document_.url, location.href);
  if (url.origin !== location.origin) return make("span", { class: "papers" }, document_.name);
  if (/^image\/(png|jpeg|gif|webp)$/.test(document_.media_type)) return picture(document_.name, url.href, doings);
  const kind = document_.name.includes(".") ? document_.name.split(".").at(-1) : document_.media_type.split("/").at(-1);
  return make(
    "a",
    { class: "papers", href: url.href, download: document_.name, "aria-label": word("download", { name: document_.name }) },
    icon("file"),
    make("span", { class: "papers-name" }, document_.name),
    make("span", { class: "papers-kind" }, (kind ?? "").toUpperCase().slice(0, 5)),
  );
}

function picture(name, url, doings) {
  const shown = make("img", { src: url, alt: "", loading: "lazy", decoding: "async" });
  const button = make("button", { class: "picture", type: "button" }, shown);
  button.setAttribute("aria-label", word("open_picture", { name }));
  button.addEventListener("click", () => doings.enlarge({ name, url }));
  return button;
}

/** Whether a message only says what a button of the other says: then the button was pressed, and quotes nothing. */
export const isPressed = (message, other) => (other.buttons ?? []).some((each) => each.says === message.text);

/** Between two days a line with the day. */
export function dayLine(at, now) {
  const line = make("div", { class: "day", data: { day: dateOf(at), at: at.toISOString() } }, make("span"));
  nameDay(line, now);
  return line;
}

/** Today and yesterday are the shop's, and change when its clock is moved. */
export function nameDay(line, now) {
  const known = { [dateOf(now)]: "today", [dateOf(new Date(now.getTime() - 86_400_000))]: "yesterday" };
  const told = known[line.dataset.day] ? word(known[line.dataset.day]) : dayOf(new Date(line.dataset.at));
  if (line.firstChild.textContent !== told) line.firstChild.textContent = told;
}
