/** How names and texts look: initials, colours, tappable codes. */

import { el } from "./dom.js";

const COLOURS = 6;
const TAPPABLE = /(#[A-Z]{1,6}\d+\b|https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/;

export const ROLES = { member: "Người dân", moderator: "Điều phối viên", department: "Đơn vị", administrator: "Quản trị" };

/** Of the first and the last word, as messengers here do. */
export function initials(name) {
	const words = name.split(/\s+/).filter((word) => /^[\p{L}\d]/u.test(word));
	return (words.length > 1 ? [words[0], words.at(-1)] : words).map((word) => word[0].toUpperCase()).join("");
}

export const tint = (name) => `tint-${[...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7) % COLOURS}`;

export const avatar = (name) => el(`span.avatar.${tint(name)}`, { "aria-hidden": true }, initials(name));

export const tappable = (text) => text.split(TAPPABLE).filter(Boolean).map(linked);

function linked(part) {
	if (!TAPPABLE.test(part)) return part;
	if (part[0] === "#") return el("a.code", { href: part }, part);
	return el("a", { href: part, target: "_blank", rel: "noreferrer" }, part);
}

export const bare = (code) => code.replace(/^#/, "");
