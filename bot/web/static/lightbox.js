/** Photos at full size, one after the other. */

import { byId } from "./dom.js";

export class Lightbox {
	constructor() {
		this.dialog = byId("lightbox");
		this.dialog.addEventListener("click", ({ target }) => this.#clicked(target));
		this.dialog.addEventListener("keydown", ({ key }) => this.#step({ ArrowLeft: -1, ArrowRight: 1 }[key]));
	}

	/** `photos`: addresses; `words`: whose they are. */
	show(photos, index, words) {
		Object.assign(this, { photos, index, words });
		this.#step(0);
		this.dialog.showModal();
	}

	#clicked(target) {
		const step = target.closest("button")?.dataset.step;
		if (step) this.#step(Number(step));
		else if (target.tagName !== "IMG") this.dialog.close();
	}

	#step(by) {
		if (by === undefined) return;
		const { length } = this.photos;
		const image = this.dialog.querySelector("img");
		this.index = (this.index + by + length) % length;
		image.src = this.photos[this.index];
		image.alt = this.dialog.querySelector("p").textContent = `${this.words} · ${this.index + 1}/${length}`;
		this.dialog.querySelectorAll("[data-step]").forEach((button) => (button.hidden = length < 2));
	}
}
