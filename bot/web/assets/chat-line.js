/** The line to the shop: a WebSocket that comes back by itself when the shop was away. */

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 5_000;

export class Line extends EventTarget {
  /** @param {string} path where the shop listens */
  constructor(path) {
    super();
    const address = new URL(path, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.address = address.href;
    this.wait = FIRST_WAIT_MS;
    this.socket = null;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  open() {
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.wait = FIRST_WAIT_MS;
      this.dispatchEvent(new Event("open"));
    });
    socket.addEventListener("message", (event) => this.hear(event.data));
    socket.addEventListener("close", () => {
      if (this.socket === socket) this.comeBack();
    });
  }

  /** What the shop says is passed on by its type; what is no JSON is left alone. */
  hear(text) {
    let told;
    try {
      told = JSON.parse(text);
    } catch {
      return;
    }
    if (told && typeof told.type === "string") this.dispatchEvent(new CustomEvent(told.type, { detail: told }));
  }

  /** Whether it went out: while the line is away nothing is kept to be said later. */
  say(what) {
    if (!this.isOpen) return false;
    this.socket.send(JSON.stringify(what));
    return true;
  }

  comeBack() {
    this.dispatchEvent(new Event("lost"));
    this.next = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 1.6, LONGEST_WAIT_MS);
  }

  /** Somebody is looking again, or the network is there: no reason to wait. */
  hurry() {
    if (!this.socket || this.socket.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.next);
    this.open();
  }
}
