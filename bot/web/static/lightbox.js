/** Photos at full size, one after the other. */

import { byId } from "./dom.js";

export class Lightbox {
  #photos = [];
  #index = 0;

  constructor() {
    this.dialog = byId("lightbox");
    this.dialog.addEventListener("click", (event) => this.#clicked(event));
    this.dialog.addEventListener("keydown", (event) => this.#step({ ArrowLeft: -1, ArrowRight: 1 }[event.key] ?? 0));
  }

  /** `photos`: addresses; `words`: whose they are. */
  show(photos, index, words) {
    this.#photos = photos;
    this.#index = index;
    this.words = words;
    this.#draw();
    this.dialog.showModal();
  }

  #clicked(event) {
    const button = event.target.closest("button");
    if (button?.dataset.step) this.#step(Number(button.dataset.step));
    else if (button || event.target.tagName !== "IMG") this.dialog.close();
  }

  #step(by) {
    if (!by || this.#photos.length < 2) return;
    this.#index = (this.#index + by + this.#photos.length) % this.#photos.length;
    this.#draw();
  }

  #draw() {
    const several = this.#photos.length > 1;
    const image = this.dialog.querySelector("img");
    image.src = this.#photos[this.#index];
    image.alt = `Ảnh ${this.#index + 1} trên ${this.#photos.length}, ${this.words}`;
    this.dialog.querySelector("p").textContent = several ? `${this.words} · ${this.#index + 1}/${this.#photos.length}` : this.words;
    this.dialog.querySelectorAll("[data-step]").forEach((button) => (button.hidden = !several));
  }
}
