/** The tickets' column: totals, filter, list, and the one that is open. */

import { byId, el } from "./dom.js";
import { card, detail } from "./ticketview.js";

const CHIPS = { new: "Mới", accepted: "Đã tiếp nhận", in_progress: "Đang xử lý", resolved: "Đã xử lý", overdue: "Quá hạn" };
const FILTERS = { open: "Đang mở", all: "Tất cả", ...CHIPS, closed: "Đã đóng", rejected: "Không tiếp nhận", merged: "Đã gộp" };
const SETTLE = 400;

export class Tickets {
	#answer = { totals: {}, tickets: [] };
	#open = null;
	#asked = 0;

	/** `list(status)` and `one(code)` fetch, `failed(error)` hears what went wrong, `now()`. */
	constructor(parts) {
		Object.assign(this, parts, { filter: byId("filter") });
		this.filter.append(...Object.entries(FILTERS).map(([value, words]) => el("option", { value }, words)));
		this.filter.addEventListener("change", () => this.refresh());
		byId("totals").addEventListener("click", ({ target }) => this.#chosen(target.closest("button")?.dataset.status));
	}

	/** Fetch soon; a burst of calls (a week being played) costs one. */
	refreshSoon() {
		this.timer ??= setTimeout(() => this.refresh(), SETTLE);
	}

	async refresh() {
		this.timer = clearTimeout(this.timer);
		const ask = ++this.#asked;
		const answer = await this.list(this.filter.value).catch(this.failed);
		if (!answer || ask !== this.#asked) return;
		this.#answer = answer;
		this.#draw();
		if (this.#open) await this.open(this.#open, false);
	}

	/** `code` without its "#". */
	async open(code, anew = true) {
		this.#open = code;
		const ticket = await this.one(code).catch(this.failed);
		if (ticket && this.#open === code) this.#show(ticket, anew);
	}

	close() {
		const code = this.#open;
		this.#open = null;
		this.#turn(false);
		this.#focus(`[data-ticket="${code}"]`);
	}

	#turn(detailed) {
		byId("ticket-detail").hidden = !detailed;
		byId("ticket-pane").hidden = detailed;
	}

	#show(ticket, anew) {
		const pane = byId("ticket-detail");
		const scrolled = anew ? 0 : pane.querySelector(".scroll")?.scrollTop;
		pane.replaceChildren(...detail(ticket, this.now()));
		this.#turn(true);
		pane.querySelector(".scroll").scrollTop = scrolled;
		if (anew) pane.querySelector("h2").focus();
	}

	#chosen(status) {
		if (!status) return;
		this.filter.value = this.filter.value === status ? "open" : status;
		this.refresh();
	}

	#draw() {
		const { ticket, status } = document.activeElement.dataset;
		const { tickets: shown, more } = this.#answer;
		byId("ticket-list").replaceChildren(...shown.map((one) => card(one, this.now())));
		byId("ticket-none").hidden = shown.length > 0;
		const words = `${shown.length} phiếu${more ? " đầu" : ""}`;
		if (byId("ticket-count").textContent !== words) byId("ticket-count").textContent = words; // it is read aloud
		byId("totals").replaceChildren(...Object.keys(CHIPS).map((name) => this.#chip(name)));
		byId("tab-count").textContent = this.#answer.totals.new || "";
		this.#focus(`[data-ticket="${ticket}"], [data-status="${status}"]`);
	}

	#chip(status) {
		const pressed = this.filter.value === status;
		const count = el("b", {}, this.#answer.totals[status] ?? 0);
		return el(`button.chip.${status}`, { "data-status": status, "aria-pressed": pressed }, count, CHIPS[status]);
	}

	#focus(selector) {
		byId("ticket-pane").querySelector(selector)?.focus();
	}
}
