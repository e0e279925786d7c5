/** The page's own words, which the server put into it, and how a moment is written in the reader's language. */

const kept = new Map();
for (const each of document.querySelectorAll("#words data:not(.hint)")) kept.set(each.value, each.textContent);

export const language = document.documentElement.lang || "id";
const locale = language === "en" ? "en-GB" : "id-ID";
let zone = "UTC";

/**
 * A phrase, with what stands in braces filled in. An unknown key shows itself, so that it is noticed.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function word(key, values = {}) {
  const phrase = kept.get(key) ?? key;
  return phrase.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** What to try on a phone: what is said, and what comes of it. */
export function hintsFor(phone) {
  const found = document.querySelectorAll(`#words data.hint[data-phone="${phone}"]`);
  return [...found].map((each) => ({ key: each.dataset.key, says: each.value, what: each.textContent }));
}

/** From now on moments are told by the shop's clock. An unknown zone leaves it as it was. */
export function keepTimeOf(name) {
  try {
    new Intl.DateTimeFormat(locale, { timeZone: name });
    zone = name;
  } catch {
    /* the server knows a zone that this browser does not */
  }
}

const written = (at, options) => new Intl.DateTimeFormat(locale, { timeZone: zone, ...options }).format(at);

export const timeOf = (at) => written(at, { hour: "2-digit", minute: "2-digit", hour12: false, hourCycle: "h23" });
export const dayOf = (at) => written(at, { weekday: "long", day: "numeric", month: "short" });
export const hourOf = (at) =>
  Number(new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", hourCycle: "h23" }).format(at));
/** The calendar day of a moment in the shop, to be compared: "2026-11-23". */
export const dateOf = (at) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
