/** The tickets' column: totals, filter, list, and the one that is open. */

import { byId, el } from "./dom.js";
import { card, detail } from "./ticketview.js";
import { bare, folded } from "./words.js";

const STATUSES = { new: "Mới", accepted: "Đã tiếp nhận", in_progress: "Đang xử lý", resolved: "Đã xử lý", overdue: "Quá hạn" };
const FILTERS = { open: "Đang mở", all: "Tất cả", ...STATUSES, closed: "Đã đóng", rejected: "Không tiếp nhận", merged: "Đã gộp" };
const SETTLE = 400;

export class Tickets {
  #answer = { totals: {}, tickets: [] };
  #open = null;
  #timer = 0;
  #asked = 0;

  /** `list(status)` and `one(code)` fetch; `failed(error)` hears what went wrong; `now()` is the clock. */
  constructor({ list, one, failed, now }) {
    Object.assign(this, { list, one, failed, now });
    this.filter = byId("filter");
    this.search = byId("ticket-search");
    this.filter.append(...Object.entries(FILTERS).map(([value, words]) => el("option", { value }, words)));
    this.filter.addEventListener("change", () => this.refresh());
    this.search.addEventListener("input", () => this.#draw());
    byId("totals").addEventListener("click", (event) => this.#chip(event.target.closest("button")));
  }

  /** Fetch soon; many calls in a burst (a week being played) cost one. */
  refreshSoon() {
    this.#timer ||= setTimeout(() => this.refresh(), SETTLE);
  }

  async refresh() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const ask = ++this.#asked;
    try {
      const status = this.filter.value;
      const answer = await this.list(status === "overdue" ? "open" : status);
      if (ask !== this.#asked) return;
      this.#answer = answer;
      this.#draw();
      if (this.#open) await this.open(this.#open, false);
    } catch (error) {
      this.failed(error);
    }
  }

  /** Show one ticket in full; `code` without its "#". */
  async open(code, focus = true) {
    this.#open = code;
    try {
      const ticket = await this.one(code);
      if (this.#open === code) this.#show(ticket, focus);
    } catch (error) {
      this.failed(error);
    }
  }

  close() {
    const code = this.#open;
    this.#open = null;
    byId("ticket-detail").hidden = true;
    byId("ticket-pane").hidden = false;
    if (code) byId("ticket-list").querySelector(`[data-ticket="${CSS.escape(code)}"]`)?.focus();
  }

  #show(ticket, focus) {
    const pane = byId("ticket-detail");
    const scrolled = focus ? 0 : (pane.querySelector(".scroll")?.scrollTop ?? 0);
    pane.replaceChildren(...detail(ticket, this.now()));
    pane.hidden = false;
    byId("ticket-pane").hidden = true;
    pane.querySelector(".scroll").scrollTop = scrolled;
    if (focus) pane.querySelector("h2").focus();
  }

  #chip(button) {
    if (!button) return;
    this.filter.value = this.filter.value === button.dataset.status ? "open" : button.dataset.status;
    this.refresh();
  }

  #draw() {
    const shown = this.#answer.tickets.filter((ticket) => this.#wanted(ticket));
    const focused = document.activeElement?.dataset?.ticket;
    byId("ticket-list").replaceChildren(...shown.map((ticket) => card(ticket, this.now())));
    byId("ticket-none").hidden = shown.length > 0;
    byId("ticket-count").textContent = shown.length ? `${shown.length} phiếu` : "";
    this.#totals();
    if (focused) byId("ticket-list").querySelector(`[data-ticket="${CSS.escape(focused)}"]`)?.focus();
  }

  #wanted(ticket) {
    if (this.filter.value === "overdue" && !ticket.overdue) return false;
    const sought = folded(this.search.value.trim());
    const words = [bare(ticket.code), ticket.category_label, ticket.place, ticket.summary, ticket.reporter];
    return !sought || folded(words.filter(Boolean).join(" ")).includes(folded(bare(sought)));
  }

  #totals() {
    const { totals } = this.#answer;
    const chips = Object.entries(STATUSES).map(([status, words]) =>
      el(
        "button",
        { type: "button", className: `chip ${status}`, "data-status": status, "aria-pressed": String(this.filter.value === status) },
        el("b", {}, String(totals[status] ?? 0)),
        el("span", {}, words),
      ),
    );
    const focused = document.activeElement?.closest?.("#totals button")?.dataset.status;
    byId("totals").replaceChildren(...chips);
    if (focused) byId("totals").querySelector(`[data-status="${focused}"]`).focus();
    const fresh = totals.new ?? 0;
    byId("tab-count").hidden = fresh === 0;
    byId("tab-count").textContent = String(fresh);
  }
}
