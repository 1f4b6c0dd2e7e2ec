/** A ticket drawn: as a card of the list, and in full. */

import { dateTime, deadline } from "./dates.js";
import { el, icon } from "./dom.js";
import { bare } from "./words.js";

const STEPS = [
  ["new", "Mới"],
  ["accepted", "Tiếp nhận"],
  ["in_progress", "Đang xử lý"],
  ["resolved", "Đã xử lý"],
];

/** One ticket of the list; a link, so that "back" closes what it opened. */
export function card(ticket, now) {
  const due = deadline(ticket, now);
  return el(
    "li",
    {},
    el(
      "a",
      { className: "card", href: ticket.code, "data-ticket": bare(ticket.code), "data-status": ticket.status },
      el("span", { className: "head" }, el("b", {}, ticket.code), pill(ticket), ticket.urgent ? urgent() : null),
      ticket.photo ? el("img", { src: ticket.photo, alt: "", loading: "lazy" }) : null,
      el("span", { className: "what" }, el("b", {}, ticket.category_label), ticket.place ? ` · ${ticket.place}` : ""),
      el("span", { className: "summary" }, ticket.summary),
      el("span", { className: "facts" }, due ? dueMark(due) : null, ticket.voices > 1 ? el("span", {}, `${ticket.voices} người`) : null),
    ),
  );
}

const pill = (ticket) => el("span", { className: `pill ${ticket.status}` }, ticket.status_label);
const urgent = () => el("span", { className: "pill urgent" }, "Khẩn");
const dueMark = (due) => el("span", { className: `due ${due.tone}` }, icon("clock"), due.words);

/** The whole ticket: facts, photos before and after, what happened to it. */
export function detail(ticket, now) {
  return [
    el("header", { className: "bar" }, el("a", { className: "round", href: "#", "aria-label": "Về danh sách phiếu" }, icon("back")), el("h2", { tabIndex: -1 }, ticket.code), pill(ticket), ticket.urgent ? urgent() : null),
    el(
      "div",
      { className: "scroll detail", "data-detail": bare(ticket.code) },
      steps(ticket),
      el("p", { className: "words" }, ticket.summary),
      facts(ticket, now),
      strip("Ảnh phản ánh", ticket.photos),
      strip("Ảnh sau xử lý", ticket.after_photos),
      ticket.post ? el("button", { type: "button", className: "wide", "data-action": "source", "data-chat": ticket.chat, "data-to": ticket.post }, icon("chat"), "Xem tin gốc trong nhóm") : null,
      timeline(ticket.history ?? []),
    ),
  ];
}

function steps(ticket) {
  const reached = ticket.status === "closed" ? STEPS.length : STEPS.findIndex(([status]) => status === ticket.status) + 1;
  if (!reached) return null;
  const items = STEPS.map(([, words], index) =>
    el("li", { className: index < reached ? "done" : "", "aria-current": index === reached - 1 ? "step" : undefined }, words),
  );
  return el("ol", { className: "steps", "aria-label": "Tiến độ" }, items);
}

function facts(ticket, now) {
  const due = deadline(ticket, now);
  const rows = [
    ["Loại", [ticket.kind_label, ticket.category_label].filter(Boolean).join(" · ")],
    ["Nơi", ticket.place || "Chưa rõ"],
    ["Phản ánh", ticket.voices > 1 ? `${ticket.reporter} và ${ticket.voices - 1} người nữa` : ticket.reporter],
    ["Phụ trách", ticket.department || "Chưa giao"],
    ["Mở lúc", dateTime(ticket.opened_at)],
    ["Thời hạn", due && dueMark(due)],
  ];
  return el("dl", {}, rows.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function strip(title, photos = []) {
  if (!photos.length) return null;
  const tiles = photos.map((url, index) =>
    el("button", { type: "button", className: "tile", "data-action": "enlarge", "data-index": index, "data-title": title }, el("img", { src: url, alt: `${title} ${index + 1}`, loading: "lazy" })),
  );
  return el("section", {}, el("h3", {}, title), el("div", { className: "strip" }, tiles));
}

function timeline(history) {
  const items = history.map((event) =>
    el("li", {}, el("p", {}, event.text), el("small", {}, [dateTime(event.at), event.who].filter(Boolean).join(" · "))),
  );
  return items.length ? el("section", {}, el("h3", {}, "Diễn biến"), el("ol", { className: "history" }, items)) : null;
}
