/** Once around, in five steps: each does itself when it is pressed, and is ticked off when it has happened. */

import { keep, kept } from "./chat-hints.js";

const KEY = "story-done";

export class Story {
  /**
   * @param {HTMLElement} place
   * @param {Record<string, () => void>} doings what each step does
   */
  constructor(place, doings) {
    this.steps = [...place.querySelectorAll("[data-step]")];
    this.done = new Set(kept(KEY));
    for (const each of this.steps) each.addEventListener("click", () => doings[each.dataset.step]());
    this.show();
  }

  tick(step) {
    if (this.done.has(step)) return;
    this.done.add(step);
    keep(KEY, [...this.done]);
    this.show();
  }

  show() {
    const next = this.steps.find((each) => !this.done.has(each.dataset.step));
    for (const each of this.steps) {
      const isDone = this.done.has(each.dataset.step);
      each.classList.toggle("is-done", isDone);
      each.classList.toggle("is-next", each === next);
      each.querySelector("[data-part=done]").hidden = !isDone;
    }
  }
}
