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

/** Hears whether the line is live, how many posts wait, and whether one is stuck; a blink is not shown. */
export function connectionLine() {
	const line = byId("connection");
	let timer;
	return (live, waiting, stuck) => {
		clearTimeout(timer);
		line.dataset.state = live ? "live" : "cut";
		const words = lineWords(live, waiting, stuck);
		if (!words || line.textContent) line.textContent = words;
		else timer = setTimeout(() => (line.textContent = words), BLINK);
	};
}

function lineWords(live, waiting, stuck) {
	if (waiting && (stuck || !live)) return `Đang chờ mạng, còn ${waiting} tin`;
	return live ? "" : "Đang nối lại…";
}

export function progress({ done, total }) {
	byId("progress").hidden = done >= total;
	byId("progress-words").textContent = `Đang phát lại tuần mẫu… ${done}/${total}`;
	Object.assign(byId("progress-bar"), { max: total || 1, value: done });
}
