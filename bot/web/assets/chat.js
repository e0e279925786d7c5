/** The simulator's page: two phones, a clock, and a line to the shop. What is said on either goes to the real shop. */

import { Clock } from "./chat-clock.js";
import { keep, kept } from "./chat-hints.js";
import { make } from "./chat-making.js";
import { Line } from "./chat-line.js";
import { People } from "./chat-people.js";
import { Phone } from "./chat-phone.js";
import { Story } from "./chat-story.js";
import { keepTimeOf, word } from "./chat-words.js";

const NOTICE_MS = 4_000;
const YES = /^(ya|yes|y|ok|oke|boleh|setuju|mau)\b/;

const $ = (id) => document.getElementById(id);
const line = new Line("/simulator/line");
const clock = new Clock($("clock"), (to) => line.say({ type: "forward", to }) || tell(word("lost")));
const page = { now: () => clock.moment, tell, enlarge };
const phones = {
  customer: new Phone($("customer"), line, page),
  owner: new Phone($("owner"), line, page),
};
const people = new People(phones.customer.parts, (person) => {
  keep("customer", person);
  phones.customer.belongsTo(person);
}, (text) => line.say({ type: "search", text }));
const story = new Story($("story"), {
  join: () => perform("customer", "start"),
  launch: () => perform("owner", "launch"),
  clock: () => line.say({ type: "forward", to: "morning" }) || tell(word("lost")),
  why: () => perform("customer", "why"),
  report: () => perform("owner", "report"),
});
const begun = new Set();
let noticeEnds = 0;

function perform(phone, key) {
  show(phone);
  phones[phone].say(phones[phone].hints.saying(key));
}

// What the shop tells

let wasLost = false;
line.addEventListener("open", () => {
  if (wasLost) tell(word("back"));
  wasLost = false;
});
line.addEventListener("lost", () => {
  if (!wasLost) tell(word("lost"), true);
  wasLost = true;
  for (const each of Object.values(phones)) {
    each.type(false);
    each.tellStatus();
  }
});
line.addEventListener("welcome", ({ detail }) => {
  keepTimeOf(detail.zone);
  clock.allow(detail.may_move);
  clock.set(detail.now, detail.is_moving);
  people.set(detail.people, detail.more);
  for (const [name, phone] of Object.entries(phones)) {
    phone.shop = detail.shop;
    phone.menu.set(detail.menus[name]);
    phone.tellStatus();
  }
  phones.customer.belongsTo(phones.customer.person ?? chosen(detail.people));
  phones.owner.belongsTo(detail.owner);
  phones.owner.offerToBecome(!detail.owner.is_owner && detail.owner.may_become);
});
line.addEventListener("history", ({ detail }) => phones[detail.phone]?.remember(detail));
line.addEventListener("message", ({ detail }) => phones[detail.phone]?.receive(detail.message));
line.addEventListener("state", ({ detail }) => phones[detail.phone]?.settle(detail.message, detail.state));
line.addEventListener("typing", ({ detail }) => phones[detail.phone]?.type(detail.is_typing));
line.addEventListener("people", ({ detail }) => {
  people.set(detail.people, detail.more, detail.text);
  if (phones.owner.person?.address !== detail.owner.address) phones.owner.belongsTo(detail.owner);
  phones.owner.offerToBecome(!detail.owner.is_owner && detail.owner.may_become);
});
line.addEventListener("problem", ({ detail }) => tell(detail.text));
line.addEventListener("clock", ({ detail }) => {
  const moved = clock.set(detail.now, detail.is_moving);
  if (!moved) return;
  for (const each of Object.values(phones)) each.nameDays();
  tell(moved);
  story.tick("clock");
});

/** Who the customer is at first: whom this tab remembers, else somebody who was not asked yet. */
function chosen(all) {
  const before = kept("customer");
  if (before?.address) return before;
  return all.find((each) => each.standing === "unasked") ?? all[0] ?? { address: "Sari", name: "Sari" };
}

// What happens on the phones

for (const [name, phone] of Object.entries(phones)) {
  phone.addEventListener("unread", ({ detail }) => tellUnread(name, detail));
  phone.addEventListener("arrived", () => point(name));
  phone.addEventListener("said", ({ detail }) => follow(name, detail));
}

/** A step that was taken by hand counts as well; joining and launching are done with the yes that follows. */
function follow(name, said) {
  const words = said.toLowerCase();
  const begins = (key) => words.split(" ")[0] === phones[name].hints.saying(key).toLowerCase().split(" ")[0];
  const asked = { customer: "join", owner: "launch" }[name];
  if (begins(name === "customer" ? "start" : "launch")) begun.add(asked);
  else if (YES.test(words) && begun.has(asked)) story.tick(asked);
  if (name === "customer" && (begins("why") || begins("stop"))) story.tick("why");
  if (name === "owner" && begins("report")) story.tick("report");
}

function tellUnread(name, count) {
  const badge = document.querySelector(`[data-shows="${name}"] .badge`);
  badge.hidden = count === 0;
  badge.replaceChildren(
    make("span", { "aria-hidden": "true" }, count > 99 ? "99+" : String(count)),
    make("span", { class: "unseen" }, `, ${word("new_here", { count })}`),
  );
}

/** Something came to the phone that one is not looking at: it glows, and where it cannot be seen words say so. */
function point(name) {
  const place = phones[name].place;
  if (place.contains(document.activeElement)) return;
  place.classList.remove("is-called");
  void place.offsetWidth;
  place.classList.add("is-called");
  if (getComputedStyle(place).display === "none") tell(word(`elsewhere_${name}`));
}

// One phone at a time, where there is no room for two

function show(name) {
  document.body.dataset.showing = name;
  for (const tab of document.querySelectorAll("[data-shows]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.shows === name));
  }
  phones[name].toEnd(false);
  if ($("notice").textContent === word(`elsewhere_${name}`)) $("notice").classList.remove("is-shown");
}

for (const tab of document.querySelectorAll("[data-shows]")) {
  tab.addEventListener("click", () => show(tab.dataset.shows));
}
document.addEventListener("visibilitychange", () => {
  for (const each of Object.values(phones)) each.lookAgain();
});

// Notices and pictures

function tell(text, stays = false) {
  const notice = $("notice");
  clearTimeout(noticeEnds);
  notice.textContent = text;
  notice.classList.add("is-shown");
  if (!stays) noticeEnds = setTimeout(() => notice.classList.remove("is-shown"), NOTICE_MS);
}

function enlarge({ name, url }) {
  const picture = $("gallery-picture");
  picture.src = url;
  picture.alt = name;
  $("gallery").showModal();
}

$("gallery-close").addEventListener("click", () => $("gallery").close());
$("gallery").addEventListener("click", (event) => event.target === $("gallery") && $("gallery").close());

line.open();
