/**
 * Posts on their way: shown at once, sent in order, repeated with the same id until answered.
 *
 * The server stores an id once, so a repeat after a lost answer doubles nothing.
 */

import { Unreachable } from "./api.js";

const PAUSES = [1000, 2000, 4000, 8000, 15000];
const ECHO_WAIT = 4000;
const WORDS = { sending: "đang gửi…", retrying: "chưa gửi được, đang thử lại…", sent: "đã gửi" };

export class Outgoing {
	#items = [];
	#wake = () => {};

	/** `send(item)` posts; `changed()` redraws; `missing(chat)` fetches posts whose echo did not come. */
	constructor(parts) {
		Object.assign(this, parts);
	}

	add(draft) {
		this.#items.push({ ...draft, previews: draft.files.map((file) => URL.createObjectURL(file)), ids: [] });
		this.resend(draft.clientId);
	}

	visible(chat) {
		return this.#items.filter((item) => item.chat === chat && !item.hidden);
	}

	get unsent() {
		return this.#items.some((item) => item.state !== "sent");
	}

	/** A post came in: if it is one of these, it needs no stand-in any more. */
	arrived(post) {
		const item = this.#items.find((one) => one.ids.includes(post.id) || post.client_id?.startsWith(one.clientId));
		if (!item) return;
		item.hidden = true;
		if (item.state === "sent") this.#remove(item);
	}

	resend(clientId) {
		this.#mark(this.#find(clientId), "sending");
		this.#run();
	}

	drop(clientId) {
		this.#remove(this.#find(clientId));
	}

	hurry() {
		this.#wake();
	}

	#find(clientId) {
		return this.#items.find((item) => item.clientId === clientId);
	}

	async #run() {
		if (this.running) return;
		this.running = true;
		const next = () => this.#items.find((item) => item.state === "sending");
		for (let item = next(); item; item = next()) await this.#deliver(item);
		this.running = false;
	}

	async #deliver(item) {
		for (let failures = 0; ; failures += 1) {
			try {
				return this.#delivered(item, await this.send(item));
			} catch (error) {
				if (!(error instanceof Unreachable)) return this.#mark(item, "failed", error.message);
				this.#mark(item, "retrying");
				await this.#pause(PAUSES[Math.min(failures, PAUSES.length - 1)]);
			}
		}
	}

	#delivered(item, { ids }) {
		item.ids = ids;
		this.#mark(item, "sent");
		if (item.hidden) this.#remove(item);
		else setTimeout(() => this.#items.includes(item) && this.missing(item.chat).then(() => this.#remove(item)), ECHO_WAIT);
	}

	#pause(milliseconds) {
		return new Promise((resolve) => {
			this.#wake = resolve;
			setTimeout(resolve, milliseconds);
		});
	}

	#mark(item, state, words = WORDS[state]) {
		Object.assign(item, { state, words });
		this.changed();
	}

	#remove(item) {
		this.#items = this.#items.filter((one) => one !== item);
		item.previews.forEach((url) => URL.revokeObjectURL(url));
		this.changed();
	}
}
