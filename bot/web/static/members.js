/** Who is writing: a choice kept in this browser. */

import { byId, el } from "./dom.js";
import { ROLE_WORDS } from "./words.js";

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
    return this.#members.find((member) => String(member.id) === this.select.value);
  }

  has(id) {
    return this.#members.some((member) => String(member.id) === String(id));
  }

  /** Offer these, by role; keep the earlier choice where it is still there. */
  show(members) {
    const chosen = this.select.value || this.storage.getItem(KEY);
    this.#members = members;
    this.select.replaceChildren(...Object.keys(ROLE_WORDS).map((role) => group(role, members)).filter(Boolean));
    const known = members.some((member) => String(member.id) === chosen);
    this.select.value = known ? chosen : (this.select.options[0]?.value ?? "");
    return this.select.value;
  }
}

function group(role, members) {
  const options = members
    .filter((member) => member.role === role)
    .map((member) => el("option", { value: String(member.id) }, member.name));
  return options.length ? el("optgroup", { label: ROLE_WORDS[role] }, options) : null;
}
