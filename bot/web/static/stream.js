/**
 * The live line: server-sent events, resumed after the last revision seen.
 *
 * EventSource's own reconnect gives up on an HTTP error, e.g. while the server restarts, and never notices that a
 * phone's connection is dead; the server's beat every ten seconds tells.
 */

const PAUSES = [500, 1000, 2000, 4000, 8000, 15000];
const PATIENCE = 25_000;
const REST = 60_000; // where the same member listens in many places, this one waits until somebody looks at it
const NAMES = ["post", "tickets", "toast", "progress", "beat", "ended"];

export class Stream {
	#failures = 0;

	/** `address(after)`, `revision` to begin after, `hear(name, data)`, `turn(live, again)`. */
	constructor(parts) {
		Object.assign(this, parts);
		this.#open();
	}

	close() {
		clearTimeout(this.timer);
		clearTimeout(this.watch);
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
		this.source.addEventListener("elsewhere", () => this.#lost(REST));
		for (const name of NAMES) this.source.addEventListener(name, ({ data }) => this.#heard(name, JSON.parse(data)));
		this.#alive();
	}

	#opened() {
		this.#alive();
		const again = this.#failures > 0;
		this.#failures = 0;
		this.turn(true, again);
	}

	#heard(name, data) {
		this.#alive();
		this.revision = Math.max(this.revision, data.revision ?? 0);
		if (name === "ended") this.#end();
		this.hear(name, data);
	}

	#end() {
		this.isEnded = true;
		this.close();
	}

	/** Whoever hears nothing for so long is not connected, whatever the browser thinks. */
	#alive() {
		clearTimeout(this.watch);
		this.watch = setTimeout(() => this.#lost(), PATIENCE);
	}

	#lost(pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)]) {
		this.close();
		this.#failures += 1;
		this.timer = setTimeout(() => this.#open(), pause * (0.5 + Math.random() / 2));
		this.turn(false);
	}
}
