/**
 * Posts on their way: shown at once, sent one after the other, tried again with the same id until answered.
 *
 * The server stores an id once, so a repeat after a lost answer doubles nothing.
 */

import { Unreachable } from "./api.js";

const PAUSES = [1000, 2000, 4000, 8000, 15000];
const ECHO_WAIT = 4000;
const WORDS = {
  sending: "đang gửi…",
  retrying: "chưa gửi được, đang thử lại…",
  sent: "đã gửi",
};

export class Outgoing {
  #items = [];
  #running = false;
  #wake = () => {};

  /** `send(item)` posts; `changed()` redraws; `missing(chat)` asks for posts whose echo did not come. */
  constructor({ send, changed, missing }) {
    Object.assign(this, { send, changed, missing });
  }

  add(draft) {
    const previews = draft.files.map((file) => URL.createObjectURL(file));
    this.#items.push({ ...draft, previews, ids: [], hidden: false, state: "sending", words: WORDS.sending });
    this.changed();
    this.#run();
  }

  /** What is to be seen in a room. */
  visible(chat) {
    return this.#items.filter((item) => item.chat === chat && !item.hidden);
  }

  get unsent() {
    return this.#items.some((item) => item.state !== "sent");
  }

  /** A post came in: if it is one of these, it needs no stand-in any more. */
  arrived(post) {
    const item = this.#items.find((one) => echoes(one, post));
    if (!item) return;
    item.hidden = true;
    if (item.state === "sent") this.#remove(item);
  }

  resend(clientId) {
    const item = this.#find(clientId);
    if (item) this.#mark(item, "sending");
    this.#run();
  }

  drop(clientId) {
    const item = this.#find(clientId);
    if (item) this.#remove(item);
  }

  /** The network is back: do not wait out the pause. */
  hurry() {
    this.#wake();
  }

  #find(clientId) {
    return this.#items.find((item) => item.clientId === clientId);
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    for (let item = this.#next(); item; item = this.#next()) await this.#deliver(item);
    this.#running = false;
  }

  #next() {
    return this.#items.find((item) => item.state === "sending" || item.state === "retrying");
  }

  async #deliver(item) {
    for (let failures = 0; this.#items.includes(item); failures += 1) {
      try {
        return this.#delivered(item, await this.send(item));
      } catch (error) {
        if (!(error instanceof Unreachable)) return this.#mark(item, "failed", error.message);
        this.#mark(item, "retrying");
        await this.#pause(PAUSES[Math.min(failures, PAUSES.length - 1)]);
      }
    }
  }

  #delivered(item, answer) {
    item.ids = (answer?.ids ?? []).map(String);
    this.#mark(item, "sent");
    if (item.hidden) this.#remove(item);
    else setTimeout(() => this.#items.includes(item) && this.#ask(item), ECHO_WAIT);
  }

  async #ask(item) {
    await this.missing(item.chat);
    this.#remove(item);
  }

  #pause(milliseconds) {
    return new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, milliseconds);
    });
  }

  #mark(item, state, words = WORDS[state]) {
    Object.assign(item, { state, words, hidden: item.hidden && state !== "failed" });
    this.changed();
  }

  #remove(item) {
    this.#items = this.#items.filter((one) => one !== item);
    item.previews.forEach((url) => URL.revokeObjectURL(url));
    this.changed();
  }
}

/** A server that tells whose post it is settles it before its answer is here. */
const echoes = (item, post) =>
  item.ids.includes(String(post.id)) || String(post.client_id ?? "").startsWith(item.clientId);
