/**
 * Posts on their way: written down, shown at once, sent in order, repeated with the same id until answered.
 *
 * The server stores an id once, so a repeat after a lost answer doubles nothing; what is written down goes out after
 * a reload too, hours later if need be.
 */

import { Unreachable } from "./api.js";
import { nothing } from "./kept.js";

const PAUSES = [1000, 2000, 4000, 8000, 15000, 30000];
const ECHO_WAIT = 4000;
const WORDS = { sending: "chờ gửi", preparing: "đang chuẩn bị ảnh…", moving: "đang gửi…", retrying: "đang chờ mạng", sent: "đã gửi" };
const WAITING = ["sending", "preparing", "moving", "retrying"];

export class Outgoing {
	#items = [];
	#kept = nothing;
	#wake = () => {};

	/**
	 * `send(item, moved)` posts, `smaller(file)` makes a photo fit; `changed()` redraws, `moved(item)` tells how far an
	 * upload is; `missing(chat)` fetches posts whose echo did not come.
	 */
	constructor(parts) {
		Object.assign(this, parts);
	}

	/** From now on a member's posts are written down there; those of an earlier visit come first. */
	async keepIn(kept, member) {
		this.#kept = kept;
		const ours = this.#items.filter((item) => item.author.id === member);
		const known = new Set(ours.map((item) => item.clientId));
		const left = (await kept.outgoing(member).catch(() => [])).filter((item) => !known.has(item.clientId));
		this.#items = [...left.map((item) => ({ ...shown(item), onDisk: true })), ...ours];
		for (const item of left.filter(({ state }) => state !== "failed")) this.#mark(this.#find(item.clientId), "sending");
		this.changed();
	}

	/** Nothing leaves before the server has said whose page it is. */
	go() {
		this.isHeld = false;
		this.#run();
	}

	async add(draft) {
		const item = { ...shown(draft), state: "sending", words: WORDS.sending };
		this.#items.push(item);
		this.changed();
		item.onDisk = await this.#kept.put(item);
		this.#run();
	}

	visible(chat) {
		return this.#items.filter((item) => item.chat === chat && !item.hidden);
	}

	/** How many have not arrived and go on trying. */
	get waiting() {
		return this.#items.filter((item) => WAITING.includes(item.state)).length;
	}

	/** How many would be lost with what this browser keeps. */
	get unsent() {
		return this.#items.filter((item) => item.state !== "sent").length;
	}

	/** Whether closing the page loses any. */
	get fragile() {
		return this.#items.some((item) => item.state !== "sent" && !item.onDisk);
	}

	/** Whether one was tried in vain. */
	get stuck() {
		return this.#items.some((item) => item.state === "retrying");
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
		const item = this.#find(clientId);
		this.#kept.remove(item);
		this.#remove(item);
	}

	hurry() {
		this.#wake();
	}

	#find(clientId) {
		return this.#items.find((item) => item.clientId === clientId);
	}

	async #run() {
		if (this.running || this.isHeld) return;
		this.running = true;
		const next = () => this.#items.find((item) => item.state === "sending");
		for (let item = next(); item; item = next()) await this.#deliver(item);
		this.running = false;
	}

	async #deliver(item) {
		await this.#prepare(item);
		for (let failures = 0; ; failures += 1) {
			try {
				this.#mark(item, "moving");
				return await this.#delivered(item, await this.send(item, (part) => this.#moved(item, part)));
			} catch (error) {
				if (!(error instanceof Unreachable)) return this.#fail(item, error.message);
				this.#mark(item, "retrying");
				await this.#pause(PAUSES[Math.min(failures, PAUSES.length - 1)]);
			}
		}
	}

	/** Photos are made smaller once, and kept like that. */
	async #prepare(item) {
		if (item.prepared || !item.files.length) return;
		this.#mark(item, "preparing");
		const before = item.files;
		item.files = [];
		for (const file of before) item.files.push(await this.smaller(file));
		item.prepared = true;
		if (item.files.some((file, index) => file !== before[index])) item.onDisk = await this.#kept.put(item);
	}

	#moved(item, part) {
		item.part = part;
		item.words = part < 1 ? `đang gửi… ${Math.floor(part * 100)}%` : "đang gửi…";
		this.moved(item);
	}

	async #delivered(item, { ids }) {
		item.ids = ids;
		this.#mark(item, "sent");
		await this.#kept.remove(item);
		if (item.hidden) this.#remove(item);
		else setTimeout(() => this.#items.includes(item) && this.missing(item.chat).then(() => this.#remove(item)), ECHO_WAIT);
	}

	async #fail(item, words) {
		this.#mark(item, "failed", words);
		item.onDisk = await this.#kept.put(item);
	}

	#pause(most) {
		return new Promise((resolve) => {
			this.#wake = resolve;
			setTimeout(resolve, most * (0.5 + Math.random() / 2)); // so that not all pages knock at once
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

const shown = (item) => ({ ...item, previews: item.files.map((file) => URL.createObjectURL(file)), ids: [] });
