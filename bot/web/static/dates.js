/** Times as people in the city read them: always the city's own clock. */

const ZONE = "Asia/Ho_Chi_Minh";
const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat("vi-VN", { hour: "2-digit", minute: "2-digit", timeZone: ZONE });
const date = new Intl.DateTimeFormat("vi-VN", { day: "2-digit", month: "2-digit", timeZone: ZONE });
const longDate = new Intl.DateTimeFormat("vi-VN", { weekday: "long", day: "2-digit", month: "2-digit", year: "numeric", timeZone: ZONE });
const sortable = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });

export const timeOf = (iso) => clock.format(new Date(iso));
export const dayOf = (iso) => sortable.format(new Date(iso));
export const shortDate = (iso) => date.format(new Date(iso)).replace("-", "/");
export const dateTime = (iso) => `${timeOf(iso)} ${shortDate(iso)}`;

/** "Hôm nay", "Hôm qua" or the full date. */
export function dayWords(iso, now) {
  if (dayOf(iso) === sortable.format(now)) return "Hôm nay";
  if (dayOf(iso) === sortable.format(now - DAY)) return "Hôm qua";
  return longDate.format(new Date(iso));
}

/** A ticket's deadline in words, and whether it is late, near, or neither. */
export function deadline(ticket, now) {
  if (!ticket.due_at || ["resolved", "closed", "rejected", "merged"].includes(ticket.status)) return null;
  if (ticket.overdue) return { words: `Quá hạn từ ${shortDate(ticket.due_at)}`, tone: "late" };
  const left = new Date(ticket.due_at) - now;
  return { words: `Hạn ${dateTime(ticket.due_at)}`, tone: left > 0 && left < DAY ? "near" : "" };
}
