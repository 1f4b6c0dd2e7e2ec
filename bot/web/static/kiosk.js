/** A machine that many use: tells the server that somebody is there, and ends by itself when nobody is. */

const LOOK = 5000;
const TOLD = 60_000;
const WARNING = 30_000;
const SIGNS = ["pointerdown", "keydown", "wheel", "touchmove"];

export class Kiosk {
	#last;
	#told;
	#warned = false;

	/** `rest`: milliseconds without a touch; `here()` tells the server, `warn()` the person, `end()` ends it; `now()`. */
	constructor(parts) {
		Object.assign(this, parts);
		this.#last = this.#told = this.now();
		for (const sign of SIGNS) addEventListener(sign, () => this.#touched(), { passive: true });
		this.timer = setInterval(() => this.#look(), LOOK);
	}

	#touched() {
		this.#last = this.now();
		this.#warned = false;
		if (this.#last - this.#told < TOLD) return;
		this.#told = this.#last;
		this.here();
	}

	#look() {
		const left = this.#last + this.rest - this.now();
		if (left <= 0) {
			clearInterval(this.timer);
			this.end();
		} else if (left <= WARNING && !this.#warned) {
			this.#warned = true;
			this.warn();
		}
	}
}
