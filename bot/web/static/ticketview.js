/** A ticket drawn: as a card of the list, and in full. */

import { dateTime, deadline } from "./dates.js";
import { el, icon } from "./dom.js";
import { bare } from "./words.js";

/** A card; it is a link, so that "back" closes what it opened. */
export function card(ticket, now) {
	const due = deadline(ticket, now);
	return el(
		"li",
		{},
		el(
			"a.card",
			{ href: ticket.code, "data-ticket": bare(ticket.code) },
			el("span.head", {}, el("b", {}, ticket.code), pills(ticket)),
			ticket.photo && el("img", { src: ticket.photo, alt: "", loading: "lazy" }),
			el("span.what", {}, el("b", {}, ticket.category_label), ticket.place && ` · ${ticket.place}`),
			el("span.summary", { dir: "auto" }, ticket.summary),
			el("span.facts", {}, due && dueMark(due), ticket.voices > 1 && el("span", {}, `${ticket.voices} người`)),
		),
	);
}

const pills = ({ status, status_label, urgent }) => [el(`span.pill.${status}`, {}, status_label), urgent && el("span.pill.urgent", {}, "Khẩn")];
const dueMark = ({ words, tone }) => el(`span.due.${tone}`, {}, icon("clock"), words);

export function detail(ticket, now) {
	const back = el("button.round", { "data-action": "back", "aria-label": "Trở lại" }, icon("back"));
	return [
		el("header.bar", {}, back, el("h2", { tabIndex: -1 }, ticket.code), pills(ticket)),
		el(
			"div.scroll.detail",
			{},
			el("p.text", { dir: "auto" }, ticket.summary),
			facts(ticket, now),
			strip("Ảnh phản ánh", ticket.photos),
			strip("Ảnh sau xử lý", ticket.after_photos),
			ticket.post && el("button.wide", { "data-action": "source", "data-chat": ticket.chat, "data-to": ticket.post }, icon("chat"), "Xem tin gốc trong nhóm"),
			history(ticket.history),
		),
	];
}

function facts(ticket, now) {
	const due = deadline(ticket, now);
	const rows = {
		Loại: `${ticket.kind_label} · ${ticket.category_label}`,
		Nơi: ticket.place || "Chưa rõ",
		"Người gửi": senders(ticket),
		"Phụ trách": ticket.department || "Chưa giao",
		"Mở lúc": dateTime(ticket.opened_at),
		"Thời hạn": due && dueMark(due),
	};
	const row = ([name, value]) => value && el("div", {}, el("dt", {}, name), el("dd", {}, value));
	return el("dl", {}, Object.entries(rows).map(row));
}

/** Who told of it, where one may know; else how many. */
function senders({ reporter, voices }) {
	if (!reporter) return voices > 1 && `${voices} người`;
	return voices > 1 ? `${reporter} và ${voices - 1} người nữa` : reporter;
}

function strip(title, photos) {
	const tile = (url, index) =>
		el("button.tile", { "data-action": "enlarge", "data-index": index, "data-title": title }, el("img", { src: url, alt: `${title} ${index + 1}` }));
	return photos.length > 0 && el("section", {}, el("h3", {}, title), el("div.strip", {}, photos.map(tile)));
}

function history(events) {
	const one = ({ at, text, who }) => el("li", {}, el("p", {}, text), el("small", {}, who ? `${dateTime(at)} · ${who}` : dateTime(at)));
	return el("section", {}, el("h3", {}, "Diễn biến"), el("ol.history", {}, events.map(one)));
}
