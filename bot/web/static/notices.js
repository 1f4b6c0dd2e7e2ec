/** Short words on what is going on: toasts, the line's state, the week being played, screen readers. */

import { byId, el } from "./dom.js";

const TOAST = 5000;
const BLINK = 700;

export function toast(words) {
	const note = el("p", {}, words);
	byId("toasts").append(note);
	setTimeout(() => note.remove(), TOAST);
}

/** Say a new post to who cannot see it. */
export function announce({ author, text }) {
	byId("announcer").textContent = `${author.name}: ${text || "gửi hình ảnh"}`;
}

/** Hears whether the line is live; a cut shorter than a blink is not shown. */
export function connectionLine() {
	const line = byId("connection");
	let timer;
	return (live) => {
		clearTimeout(timer);
		line.dataset.state = live ? "live" : "cut";
		if (live) line.textContent = "";
		else timer = setTimeout(() => (line.textContent = "Đang nối lại…"), BLINK);
	};
}

export function progress({ done, total }) {
	byId("progress").hidden = done >= total;
	byId("progress-words").textContent = `Đang phát lại tuần mẫu… ${done}/${total}`;
	Object.assign(byId("progress-bar"), { max: total || 1, value: done });
}
