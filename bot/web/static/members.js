/** Who is writing: a choice kept in this browser. */

import { byId, el } from "./dom.js";
import { ROLES } from "./words.js";

const KEY = "congich.member";

export class Members {
	#members = [];

	/** `changed(id)` hears another choice. */
	constructor({ storage, changed }) {
		this.storage = storage;
		this.select = byId("member");
		this.select.addEventListener("change", () => {
			storage.setItem(KEY, this.select.value);
			changed(this.select.value);
		});
	}

	get me() {
		return this.find(this.select.value);
	}

	find(id) {
		return this.#members.find((member) => member.id === id);
	}

	/** Offer these, by role, keeping the earlier choice; returns who is chosen. */
	show(members) {
		const chosen = this.select.value || this.storage.getItem(KEY);
		this.#members = members;
		this.select.replaceChildren(...Object.keys(ROLES).map((role) => this.#group(role)).filter((group) => group.children.length));
		if (this.find(chosen)) this.select.value = chosen;
		return this.select.value;
	}

	#group(role) {
		const these = this.#members.filter((member) => member.role === role);
		return el("optgroup", { label: ROLES[role] }, these.map(({ id, name }) => el("option", { value: id }, name)));
	}
}
