/** The place to write: words, photos, what is answered or corrected. */

import { byId, el, icon } from "./dom.js";

const MOST_PHOTOS = 10;
const TALLEST = 140;

export class Composer {
  #files = [];
  #reply = null;
  #editing = null;

  /** `send({text, files, replyTo})`, `edit(post, text)`, `say(words)` for a short notice. */
  constructor({ send, edit, say }) {
    Object.assign(this, { send, edit, say });
    this.form = byId("composer");
    this.text = byId("text");
    this.form.addEventListener("submit", (event) => this.#submit(event));
    this.text.addEventListener("keydown", (event) => this.#key(event));
    this.text.addEventListener("input", () => this.#changed());
    byId("context-close").addEventListener("click", () => this.#forget());
    byId("photos").addEventListener("change", (event) => this.#chosen(event.target));
    document.addEventListener("paste", (event) => this.#pasted(event));
    acceptDrops(byId("conversation"), (files) => this.attach(files));
    this.#changed();
  }

  /** Answer a post. */
  reply(post) {
    if (this.#editing) this.clear();
    this.#reply = { id: post.id, name: post.author.name, text: post.text };
    this.#context(`Trả lời ${post.author.name}`, post.text || "Hình ảnh");
  }

  /** Correct a post of one's own. */
  correct(post) {
    this.clear();
    this.#editing = post;
    this.text.value = post.text;
    this.#context("Sửa tin của mình", post.text || "Hình ảnh");
  }

  attach(files) {
    const images = [...files].filter((file) => file.type.startsWith("image/"));
    if (images.length < files.length) this.say("Chỉ gửi được hình ảnh.");
    const room = MOST_PHOTOS - this.#files.length;
    if (images.length > room) this.say(`Mỗi lần gửi tối đa ${MOST_PHOTOS} ảnh.`);
    this.#files.push(...images.slice(0, room));
    this.#previews();
  }

  clear() {
    this.text.value = "";
    this.#files = [];
    this.#previews();
    this.#forget();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text && !this.#files.length) return;
    const [files, replyTo, editing] = [this.#files, this.#reply, this.#editing];
    this.clear();
    if (editing) this.edit(editing, text);
    else this.send({ text, files, replyTo });
    this.text.focus();
  }

  /** Enter sends; not while an input method is still joining letters (Telex, VNI). */
  #key(event) {
    if (event.key === "Escape") this.#forget();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.form.requestSubmit();
  }

  #chosen(input) {
    this.attach(input.files);
    input.value = "";
    this.text.focus();
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.attach(files);
  }

  #context(title, words) {
    const box = byId("context");
    box.querySelector("b").textContent = title;
    box.querySelector("span").textContent = words;
    box.hidden = false;
    this.#changed();
    this.text.focus();
  }

  #forget() {
    if (this.#editing) this.text.value = "";
    this.#reply = this.#editing = null;
    byId("context").hidden = true;
    this.#changed();
  }

  #previews() {
    const list = byId("previews");
    list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    list.replaceChildren(...this.#files.map((file, index) => this.#preview(file, index)));
    list.hidden = this.#files.length === 0;
    this.#changed();
  }

  #preview(file, index) {
    const remove = el("button", { type: "button", "aria-label": `Bỏ ảnh ${index + 1}` }, icon("close"));
    remove.addEventListener("click", () => {
      this.#files.splice(index, 1);
      this.#previews();
    });
    return el("li", {}, el("img", { src: URL.createObjectURL(file), alt: `Ảnh ${index + 1}: ${file.name}` }), remove);
  }

  #changed() {
    const { style } = this.text;
    style.height = "auto";
    style.height = `${Math.min(this.text.scrollHeight, TALLEST)}px`;
    byId("send").disabled = !this.text.value.trim() && !this.#files.length;
    byId("photos").disabled = Boolean(this.#editing);
  }
}

function acceptDrops(area, take) {
  area.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    area.classList.add("dropping");
  });
  area.addEventListener("dragleave", (event) => {
    if (!area.contains(event.relatedTarget)) area.classList.remove("dropping");
  });
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("dropping");
    take(event.dataTransfer.files);
  });
}
