/**
 * The live line: server-sent events with resume.
 *
 * Reconnects by itself with a growing pause, asking for what came after the last revision seen.
 * (EventSource's own reconnect gives up for good on an HTTP error, e.g. while the server restarts.)
 */

const PAUSES = [500, 1000, 2000, 4000, 8000];
const EVENTS = ["tickets", "toast", "progress"];

export class Stream {
  #source = null;
  #timer = 0;
  #failures = 0;

  /** `address(after)` gives the URL; `hear(name, data)` gets each event; `turn(live)` each change of the line. */
  constructor({ address, revision, hear, turn }) {
    Object.assign(this, { address, revision, hear, turn });
    this.#open();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
  }

  /** Connect at once instead of waiting out the pause. */
  hurry() {
    if (this.#source?.readyState === EventSource.OPEN) return;
    this.close();
    this.#open();
  }

  #open() {
    const source = new EventSource(this.address(this.revision));
    this.#source = source;
    source.onopen = () => this.#opened();
    source.onerror = () => this.#lost();
    source.addEventListener("bye", () => this.#lost());
    source.addEventListener("post", (event) => this.#post(event));
    for (const name of EVENTS) {
      source.addEventListener(name, (event) => this.hear(name, JSON.parse(event.data || "{}")));
    }
  }

  #opened() {
    const again = this.#failures > 0;
    this.#failures = 0;
    this.turn(true, again);
  }

  #post(event) {
    const post = JSON.parse(event.data);
    this.revision = Math.max(this.revision, Number(event.lastEventId) || post.revision || 0);
    this.hear("post", post);
  }

  #lost() {
    this.close();
    const pause = PAUSES[Math.min(this.#failures, PAUSES.length - 1)];
    this.#failures += 1;
    this.turn(false);
    this.#timer = setTimeout(() => this.#open(), pause);
  }
}
