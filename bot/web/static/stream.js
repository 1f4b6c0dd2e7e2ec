/**
 * The live line: server-sent events, resumed after the last revision seen.
 *
 * EventSource's own reconnect gives up on an HTTP error, e.g. while the server restarts.
 */

const PAUSES = [500, 1000, 2000, 4000, 8000];

export class Stream {
	#failures = 0;

	/** `address(after)`, `revision` to begin after, `hear(name, data)`, `turn(live, again)`. */
	constructor(parts) {
		Object.assign(this, parts);
		this.#open();
	}

	close() {
		clearTimeout(this.timer);
		this.source.close();
	}

	/** Connect at once instead of waiting out the pause. */
	hurry() {
		if (this.source.readyState === EventSource.OPEN) return;
		this.close();
		this.#open();
	}

	#open() {
		this.source = new EventSource(this.address(this.revision));
		this.source.onopen = () => this.#opened();
		this.source.onerror = () => this.#lost();
		this.source.addEventListener("bye", () => this.#lost());
		for (const name of ["post", "tickets", "toast", "progress"]) {
			this.source.addEventListener(name, ({ data }) => this.#heard(name, JSON.parse(data)));
		}
	}

	#opened() {
		const again = this.#failures > 0;
		this.#failures = 0;
		this.turn(true, again);
	}

	#heard(name, data) {
		this.revision = Math.max(this.revision, data.revision ?? 0);
		this.hear(name, data);
	}

	#lost() {
		this.close();
		this.timer = setTimeout(() => this.#open(), PAUSES[Math.min(this.#failures++, PAUSES.length - 1)]);
		this.turn(false);
	}
}
