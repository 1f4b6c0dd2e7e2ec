/** The place to write: words, photos, what is answered or corrected. */

import { byId, el, icon } from "./dom.js";
import { none } from "./drafts.js";
import { isHeic, isPhoto, isReadable } from "./photos.js";

const MOST_PHOTOS = 10;
const TALLEST = 140;
const PICKERS = ["photos", "camera"];

export class Composer {
	#files = [];
	#reply = null;
	#editing = null;
	#draft = null; // what was being written when a correction began
	#room; // undefined until the first one is open
	#left = new Map(); // what was begun in rooms that were left, by their ids
	#kept = none; // their words, for a later visit

	/** `send({text, files, replyTo})`, `edit(post, text)` which says whether it was done, `say(words)`. */
	constructor(parts) {
		Object.assign(this, parts, { text: byId("text") });
		byId("composer").addEventListener("submit", (event) => this.#submit(event));
		byId("context-close").addEventListener("click", () => this.#forget());
		for (const input of PICKERS.map(byId)) input.addEventListener("change", () => this.#chosen(input));
		this.text.addEventListener("keydown", (event) => this.#key(event));
		this.text.addEventListener("input", () => this.#written());
		document.addEventListener("paste", (event) => this.#given(event, event.clipboardData));
		acceptDrops(byId("conversation"), (event) => this.#given(event, event.dataTransfer));
		this.#changed();
	}

	reply(post) {
		this.#forget();
		this.#reply = { id: post.id, name: post.author.name, text: post.text };
		this.#context(`Trả lời ${post.author.name}`, post.text);
	}

	/** What was being written waits until the correction is done or given up. */
	correct(post, text = post.text) {
		this.#forget();
		this.#draft = { text: this.text.value, files: this.#files };
		this.#editing = post;
		this.#files = [];
		this.#previews();
		this.text.value = text;
		this.#context("Sửa tin của mình", post.text);
	}

	/** Closed while a room opens. */
	hold(held) {
		this.held = held;
		this.text.disabled = held;
		this.#changed();
	}

	/**
	 * Another room, or the same one anew: what was begun in the one before stays there, and is no word for others to
	 * read; a correction too, and an answer is given up. `kept` keeps words for a later visit.
	 */
	turn(room, kept) {
		this.#kept = kept;
		if (room === this.#room) return;
		if (this.#room !== undefined) this.#leave();
		this.#room = room;
		const { text, files, correction } = this.#left.get(room) ?? { text: kept.read(room), files: [] };
		this.#left.delete(room);
		this.text.value = together(text, this.text.value);
		this.#files = [...files, ...this.#files];
		this.#previews();
		this.#written();
		if (correction) this.correct(correction.post, correction.text);
	}

	async attach(files) {
		const room = this.#room;
		const photos = [...files].filter(isPhoto);
		if (photos.length < files.length) this.say("Chỉ gửi được hình ảnh.");
		const readable = await Promise.all(photos.map((file) => !isHeic(file) || isReadable(file)));
		const images = photos.filter((_, index) => readable[index]);
		if (images.length < photos.length) this.say("Máy này không mở được ảnh HEIC. Anh/chị chọn ảnh JPEG, hoặc chụp bằng nút máy ảnh.");
		this.#add(room, images);
	}

	/** Photos go where they were chosen: that room may have been left meanwhile, or a correction have begun there. */
	#add(room, images) {
		const isElsewhere = room !== undefined && room !== this.#room;
		const begun = isElsewhere ? this.#left.get(room) : this.#draft;
		const files = [...(begun ?? { files: this.#files }).files, ...images];
		if (files.length > MOST_PHOTOS) this.say(`Mỗi lần gửi tối đa ${MOST_PHOTOS} ảnh.`);
		if (begun) begun.files = files.slice(0, MOST_PHOTOS);
		else this.#files = files.slice(0, MOST_PHOTOS);
		this.#previews();
	}

	/** What was begun waits in the room that is left. */
	#leave() {
		const correction = this.#editing && { post: this.#editing, text: this.text.value };
		this.#forget();
		this.#left.set(this.#room, { text: this.text.value, files: this.#files, correction });
		this.text.value = "";
		this.#files = [];
	}

	#submit(event) {
		event.preventDefault();
		const text = this.text.value.trim();
		if (this.held || (!text && !this.#files.length)) return;
		if (this.#editing) this.#corrected(this.#editing, text);
		else this.#sent(text);
		this.text.focus();
	}

	/** What can't be sent yet stays where it was written. */
	#sent(text) {
		if (!this.send({ text, files: this.#files, replyTo: this.#reply })) return;
		this.text.value = "";
		this.#files = [];
		this.#forget();
		this.#previews();
		this.#written();
	}

	/** The words are back where the server did not take them: in their room, also if that was left meanwhile. */
	async #corrected(post, text) {
		const room = this.#room;
		this.#forget();
		if (await this.edit(post, text)) return;
		if (room === this.#room) this.correct(post, text);
		else this.#left.get(room).correction = { post, text };
	}

	/** Enter sends; not while an input method is still joining letters (Telex, VNI). */
	#key(event) {
		if (event.key === "Escape" && !event.isComposing) this.#forget();
		if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
		event.preventDefault();
		byId("composer").requestSubmit();
	}

	#chosen(input) {
		this.attach([...input.files]);
		input.value = "";
	}

	#given(event, { files }) {
		if (!files.length) return;
		event.preventDefault();
		this.attach([...files]);
	}

	#context(title, words) {
		const [heading, quoted] = byId("context").querySelectorAll("b, span");
		heading.textContent = title;
		quoted.textContent = words || "Hình ảnh";
		byId("context").hidden = false;
		this.#changed();
		this.text.focus();
	}

	#forget() {
		if (this.#editing) {
			this.text.value = this.#draft.text;
			this.#files = this.#draft.files;
			this.#previews();
		}
		this.#reply = this.#editing = this.#draft = null;
		byId("context").hidden = true;
		this.#changed();
	}

	#previews() {
		const list = byId("previews");
		list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
		list.replaceChildren(...this.#files.map((file) => this.#preview(file)));
		list.hidden = !this.#files.length;
		this.#changed();
	}

	#preview(file) {
		const remove = () => {
			this.#files = this.#files.filter((one) => one !== file);
			this.#previews();
		};
		const image = el("img", { src: URL.createObjectURL(file), alt: file.name });
		return el("li", {}, image, el("button", { "aria-label": `Bỏ ảnh ${file.name}`, onclick: remove }, icon("close")));
	}

	/** A correction is of a post that is there: only what is new is kept. */
	#written() {
		if (this.#room !== undefined && !this.#editing) this.#kept.write(this.#room, this.text.value);
		this.#changed();
	}

	#changed() {
		this.text.style.height = "auto";
		this.text.style.height = `${Math.min(this.text.scrollHeight + 2, TALLEST)}px`;
		byId("send").disabled = this.held || (!this.text.value.trim() && !this.#files.length);
		for (const input of PICKERS.map(byId)) input.disabled = Boolean(this.#editing);
	}
}

/** What was kept, and what was written before it was known; a browser may have put the same words back itself. */
const together = (kept, begun) => (begun.startsWith(kept) ? begun : [kept, begun].filter(Boolean).join("\n"));

function acceptDrops(area, take) {
	const mark = (on) => area.classList.toggle("dropping", on);
	area.addEventListener("dragover", (event) => {
		event.preventDefault();
		mark(event.dataTransfer.types.includes("Files"));
	});
	area.addEventListener("dragleave", () => mark(false));
	area.addEventListener("drop", (event) => {
		mark(false);
		take(event);
	});
}
