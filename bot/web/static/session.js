/** Whose page it is, and the ways out of it: signing out, a session that ended, the next person at a kiosk. */

import * as api from "./api.js";
import { byId, el } from "./dom.js";
import { Drafts, forgetDrafts, none } from "./drafts.js";
import { Kiosk } from "./kiosk.js";
import { nothing, open } from "./kept.js";
import { toast } from "./notices.js";
import { install } from "./worker.js";

const AGAIN = 5000;
const MODERATING = ["moderator", "administrator"];

export class Session {
	#store = nothing;
	#me;
	#kiosk = null;

	/** `outgoing` holds what was not sent; `now()` is the clock. */
	constructor(parts) {
		Object.assign(this, parts, { kept: nothing, isLeaving: false });
		for (const id of ["leave", "next"]) byId(id).addEventListener("click", () => this.#leave());
		addEventListener("signedout", () => this.#over());
		addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
		addEventListener("beforeunload", (event) => !this.isLeaving && this.outgoing.fragile && event.preventDefault());
	}

	/** Posts that an earlier visit left; they wait until the server has said whose page this is. */
	async recall() {
		this.outgoing.isHeld = true;
		this.#store = await open();
		const last = await this.#store.who();
		if (last) await this.#keep(this.#store, last.me);
	}

	/** What was seen of a room, or of the last room. */
	async seen(chat) {
		const last = chat ? undefined : await this.kept.who();
		return (await this.kept.recall(chat ?? last?.chat)) ?? last;
	}

	/** Where the words that one begins are kept. */
	drafts({ me, kiosk }) {
		return kiosk ? none : new Drafts(me?.id ?? "");
	}

	/** The server says whose page it is. */
	async settle(state) {
		const { me, kiosk } = state;
		this.#links(state);
		byId("me").hidden = !me;
		byId("me-name").textContent = me?.name ?? "";
		byId("next").hidden = !kiosk;
		document.body.classList.toggle("kiosk", Boolean(kiosk));
		if (me) await (kiosk ? this.#atKiosk(kiosk) : this.#signed(state));
		this.outgoing.go();
	}

	async #signed(state) {
		await this.#keep(this.#store, state.me);
		await this.kept.remember(state);
		install(true);
	}

	/** To our other pages, where they are on. */
	#links({ me, board, room }, role = me?.role) {
		byId("to-board").hidden = !board;
		byId("to-room").hidden = !room || !MODERATING.includes(role);
	}

	/** Where nobody signs in, a link depends on who is chosen. */
	became(member, state) {
		this.#links(state, member?.role);
	}

	async #keep(kept, me) {
		if (this.#me === me.id) return;
		this.#me = me.id;
		this.kept = kept;
		await this.outgoing.keepIn(kept, me.id);
	}

	async #atKiosk({ again, idle_seconds }) {
		if (this.#kiosk) return;
		this.kept = nothing;
		forgetDrafts();
		this.#kiosk = new Kiosk({
			rest: idle_seconds * 1000,
			now: this.now,
			here: () => api.here(undefined, true).catch(() => {}),
			warn: () => toast("Còn 30 giây nữa máy tự thoát. Anh/chị chạm màn hình để dùng tiếp."),
			end: () => this.#clearAway(),
		});
		this.again = again;
		await this.#store.forgetSeen();
		await install(false);
	}

	async #leave() {
		if (this.outgoing.unsent && !(await this.#isSure(this.outgoing.unsent))) return;
		const to = await api.signOut();
		if (!to) return toast("Chưa có mạng nên chưa thoát được.");
		this.isLeaving = true;
		await this.kept.forgetAll();
		forgetDrafts();
		await install(false);
		location.replace(to);
	}

	#isSure(count) {
		const dialog = byId("ask");
		byId("ask-words").textContent = `Còn ${count} tin chưa gửi. Thoát bây giờ thì các tin này mất.`;
		dialog.returnValue = "";
		dialog.showModal();
		return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "leave"), { once: true }));
	}

	/** Somebody left a kiosk without a word: nothing of theirs stays to be seen, also without a network. */
	async #clearAway() {
		this.isLeaving = true;
		document.body.classList.add("left");
		document.body.append(el("p.away", { role: "status" }, "Đang chuẩn bị cho người kế tiếp…"));
		let to = await api.signOut();
		for (; !to; to = await api.signOut()) await new Promise((resolve) => setTimeout(resolve, AGAIN));
		location.replace(to === "/" ? this.again : to);
	}

	/** The session ended: posts on their way stay for when this member comes back, what was seen does not. */
	async #over() {
		if (this.isLeaving) return;
		this.isLeaving = true;
		await this.kept.forgetSeen();
		location.replace(this.again ?? "/");
	}
}
