/** The shop's clock: what time it is there, and buttons that let time pass. */

import { dateOf, dayOf, hourOf, timeOf, word } from "./chat-words.js";

const SKIES = [[5, "night"], [8, "dawn"], [16, "day"], [19, "dusk"], [24, "night"]];

export class Clock {
  /**
   * @param {HTMLElement} place
   * @param {(to: string) => void} forward
   */
  constructor(place, forward) {
    this.place = place;
    this.now = new Date();
    this.heardAt = performance.now();
    this.isMoving = false;
    this.face = place.querySelector("#clock-face");
    this.busy = place.querySelector("#clock-busy");
    this.buttons = [...place.querySelectorAll("[data-to]")];
    for (const each of this.buttons) {
      each.addEventListener("click", () => {
        if (this.isMoving || each.getAttribute("aria-disabled") === "true") return;
        forward(each.dataset.to);
      });
    }
    this.mayMove = true;
    this.roomy = matchMedia("(min-width: 1100px)");
    this.roomy.addEventListener("change", () => this.settle());
    this.settle();
    this.face.addEventListener("click", () => this.unfold(!this.isUnfolded));
    place.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.isUnfolded) {
        this.unfold(false);
        this.face.focus();
      }
    });
    document.addEventListener("pointerdown", (event) => {
      if (!place.contains(event.target)) this.unfold(false);
    });
    setInterval(() => this.show(), 5_000);
  }

  get isUnfolded() {
    return this.face.getAttribute("aria-expanded") === "true";
  }

  /** Where there is little room the buttons come out when they are asked for. */
  unfold(isUnfolded) {
    this.face.setAttribute("aria-expanded", String(isUnfolded));
  }

  /** The moment it is in the shop by now, as far as this page knows. */
  get moment() {
    return new Date(this.now.getTime() + (this.isMoving ? 0 : performance.now() - this.heardAt));
  }

  /** @param {string} now @param {boolean} isMoving */
  set(now, isMoving) {
    const moved = this.isMoving && !isMoving;
    this.now = new Date(now);
    this.heardAt = performance.now();
    this.isMoving = isMoving;
    this.place.setAttribute("aria-busy", String(isMoving));
    this.busy.hidden = !isMoving;
    for (const each of this.buttons) each.setAttribute("aria-disabled", String(isMoving));
    this.show();
    if (moved) {
      this.unfold(false);
      return word("moved", { time: `${dayOf(this.now)}, ${timeOf(this.now)}` });
    }
    return null;
  }

  /** Where time cannot be moved, it is only told. */
  allow(mayMove) {
    this.place.querySelector("#clock-moves").hidden = !mayMove;
    this.mayMove = mayMove;
    this.settle();
  }

  /** Where the buttons are always in sight there is nothing to unfold. */
  settle() {
    this.face.disabled = this.roomy.matches || !this.mayMove;
    if (this.face.disabled) this.unfold(false);
  }

  show() {
    const now = this.moment;
    this.place.querySelector("#clock-time").textContent = timeOf(now);
    this.place.querySelector("#clock-day").textContent = dayOf(now);
    const hour = hourOf(now);
    this.place.dataset.sky = SKIES.find(([until]) => hour < until)[1];
    this.place.dataset.day = dateOf(now);
  }
}
