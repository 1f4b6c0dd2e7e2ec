/** What names and texts look like: initials, colours, tappable codes, search without accents. */

import { el } from "./dom.js";

const COLOURS = 8;
const TAPPABLE = /(#[A-Z]{1,4}\d+\b|https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])/;

export const ROLE_WORDS = {
  member: "Người dân",
  moderator: "Điều phối viên",
  department: "Đơn vị",
  administrator: "Quản trị",
};

/** First letters of the first and the last word, as messengers here show them. */
export function initials(name) {
  const words = name.split(/\s+/).filter((word) => /^\p{L}|^\d/u.test(word));
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => word[0].toUpperCase()).join("") || "?";
}

/** The same name has the same colour everywhere, without keeping a table. */
export function colourOf(name) {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return `tint-${sum % COLOURS}`;
}

export function avatar(name) {
  return el("span", { className: `avatar ${colourOf(name)}`, "aria-hidden": "true" }, initials(name));
}

/** Text as nodes, ticket codes and web addresses made tappable. */
export function tappable(text) {
  return text.split(TAPPABLE).filter(Boolean).map(linked);
}

function linked(part) {
  if (!TAPPABLE.test(part)) return part;
  if (part.startsWith("#")) return el("a", { href: part, className: "code" }, part);
  return el("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part);
}

/** Lower case without accents, so that "duong" finds "Đường". */
export function folded(text) {
  return text.toLowerCase().replaceAll("đ", "d").normalize("NFD").replace(/\p{M}/gu, "");
}

export const bare = (code) => code.replace(/^#/, "");
