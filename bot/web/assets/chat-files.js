/** Handing the shop a file: chosen, pasted, or dropped into the chat. */

import { word } from "./chat-words.js";

/** As much as the shop takes. */
export const LARGEST_FILE_BYTES = 20_000_000;

export class Files {
  /**
   * @param {{ place: HTMLElement, drop: HTMLElement, attach: HTMLElement, file: HTMLInputElement, text: HTMLElement }} parts
   * @param {(file: { name: string, base64: string }) => void} send
   * @param {(problem: string) => void} complain
   */
  constructor(parts, send, complain) {
    this.send = send;
    this.complain = complain;
    parts.attach.addEventListener("click", () => parts.file.click());
    parts.file.addEventListener("change", () => {
      this.take(parts.file.files);
      parts.file.value = "";
    });
    parts.text.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length) return;
      event.preventDefault();
      this.take(event.clipboardData.files);
    });
    this.letDrop(parts.place, parts.drop);
  }

  letDrop(place, drop) {
    let depth = 0;
    const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
    const show = (by) => {
      depth = Math.max(0, depth + by);
      drop.hidden = depth === 0;
    };
    place.addEventListener("dragenter", (event) => carriesFiles(event) && show(1));
    place.addEventListener("dragleave", (event) => carriesFiles(event) && show(-1));
    place.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
    place.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      show(-depth);
      this.take(event.dataTransfer.files);
    });
  }

  /** One after another, in the order in which they were chosen. */
  async take(files) {
    for (const file of [...files]) await this.hand(file);
  }

  async hand(file) {
    if (file.size > LARGEST_FILE_BYTES) {
      this.complain(word("file_big", { name: file.name, size: LARGEST_FILE_BYTES / 1_000_000 }));
      return;
    }
    try {
      this.send({ name: file.name, base64: await inBase64(file) });
    } catch {
      this.complain(word("file_unreadable", { name: file.name }));
    }
  }
}

/** @param {Blob} file */
function inBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
