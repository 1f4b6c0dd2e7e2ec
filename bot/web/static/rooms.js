/** The rooms: the group itself, the moderators' room, the departments', one's own. */

import { byId, el } from "./dom.js";
import { avatar, initials, tint } from "./words.js";

const SECTIONS = { community: "Nhóm cộng đồng", moderation: "Điều phối", department: "Đơn vị", private: "Riêng với bot" };
const PEOPLE = { community: "mọi người trong nhóm", moderation: "điều phối viên", department: "cán bộ đơn vị", private: "chỉ anh/chị và bot" };
const size = ({ role, members }) => (role === "private" || members === null ? PEOPLE[role] : `${members} thành viên`);

export function showRooms(chats, current) {
	byId("room-list").replaceChildren(...Object.keys(SECTIONS).map((role) => section(role, chats, current)));
	const room = chats.find((chat) => chat.id === current);
	if (!room) return;
	byId("room-title").textContent = room.title;
	byId("room-members").textContent = size(room);
	byId("room-avatar").className = `avatar ${tint(room.title)}`;
	byId("room-avatar").textContent = initials(room.title);
}

function section(role, chats, current) {
	const entries = chats.filter((chat) => chat.role === role).map((chat) => entry(chat, chat.id === current));
	return entries.length ? el("section", {}, el("h2", {}, SECTIONS[role]), el("ul", {}, entries)) : "";
}

function entry(chat, here) {
	const words = el("span", {}, el("b", {}, chat.title), el("small", {}, size(chat)));
	return el("li", {}, el("button", { "data-room": chat.id, title: chat.title, "aria-current": here ? "page" : undefined }, avatar(chat.title), words));
}
