/** The rooms: the group itself, the moderators' room, the departments'. */

import { byId, el } from "./dom.js";
import { avatar, colourOf, initials } from "./words.js";

const SECTIONS = { community: "Nhóm cộng đồng", moderation: "Điều phối", department: "Đơn vị" };

/** Draw the list and name the room that is open. */
export function showRooms(chats, current) {
  byId("room-list").replaceChildren(...Object.keys(SECTIONS).map((role) => section(role, chats, current)).filter(Boolean));
  const room = chats.find((chat) => String(chat.id) === String(current));
  if (!room) return;
  byId("room-title").textContent = room.title;
  byId("room-members").textContent = `${room.members} thành viên`;
  byId("room-avatar").className = `avatar ${colourOf(room.title)}`;
  byId("room-avatar").textContent = initials(room.title);
}

function section(role, chats, current) {
  const rooms = chats.filter((chat) => chat.role === role);
  if (!rooms.length) return null;
  return el("section", {}, el("h2", {}, SECTIONS[role]), el("ul", {}, rooms.map((chat) => entry(chat, current))));
}

function entry(chat, current) {
  const here = String(chat.id) === String(current);
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", "data-room": chat.id, title: chat.title, "aria-current": here ? "page" : undefined },
      avatar(chat.title),
      el("span", {}, el("b", {}, chat.title), el("small", {}, `${chat.members} thành viên`)),
    ),
  );
}
