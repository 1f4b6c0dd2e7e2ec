/** Who is writing: whoever is signed in; where nobody signs in, a choice kept in this browser. */

import { byId, el } from "./dom.js";
import { ROLES } from "./words.js";

const KEY = "congich.member";

export class Members {
	#members = [];
	#signed = null;

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
		return this.#signed ?? this.find(this.select.value);
	}

	find(id) {
		return this.#members.find((member) => member.id === id);
	}

	/** Whether a newcomer's name is worth asking for. */
	get areChosen() {
		return !this.#signed;
	}

	/** Show who is signed in, or offer these by role, keeping the earlier choice; returns whose page it is. */
	show({ me, members }) {
		this.#signed = me;
		byId("choice").hidden = Boolean(me);
		byId("name").hidden = !me;
		if (me) {
			byId("name").lastElementChild.textContent = me.name;
			return me.id;
		}
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
