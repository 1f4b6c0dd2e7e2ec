/** Short words about what is going on: toasts, the line's state, the week being played, screen readers. */

import { byId, el } from "./dom.js";

const TOAST = 5000;
const CUT_GRACE = 700;

export function toast(words) {
  const note = el("p", {}, words);
  byId("toasts").append(note);
  setTimeout(() => note.remove(), TOAST);
}

/** Say a new post to who cannot see it. */
export function announce(post) {
  const words = post.text || (post.photos.length ? "gửi hình ảnh" : "gửi vị trí");
  byId("announcer").replaceChildren(el("p", {}, `${post.author.name}: ${words}`));
}

/** A cut shorter than a blink is not worth a line. */
export function connectionLine() {
  const line = byId("connection");
  let timer = 0;
  return (live) => {
    clearTimeout(timer);
    line.dataset.state = live ? "live" : "cut";
    if (live) line.textContent = "";
    else timer = setTimeout(() => (line.textContent = "Đang nối lại…"), CUT_GRACE);
  };
}

export function progress({ done, total }) {
  byId("progress").hidden = !total || done >= total;
  byId("progress-words").textContent = `Đang phát lại tuần mẫu… ${done}/${total}`;
  byId("progress-bar").max = total || 1;
  byId("progress-bar").value = done;
}
