/** Times as the city's people read them: always by the city's own clock. */

const DAY = 86_400_000;
const format = (language, options) => {
	const made = new Intl.DateTimeFormat(language, { ...options, timeZone: "Asia/Ho_Chi_Minh" });
	return (time) => made.format(new Date(time));
};

export const timeOf = format("vi", { hour: "2-digit", minute: "2-digit" });
export const dayOf = format("en-CA");
const dayMonth = format("en-GB", { day: "2-digit", month: "2-digit" });
const fullDate = format("vi", { weekday: "long", day: "2-digit", month: "2-digit", year: "numeric" });

export const dateTime = (time) => `${timeOf(time)} ${dayMonth(time)}`;

export function dayWords(time, now) {
	if (dayOf(time) === dayOf(now)) return "Hôm nay";
	return dayOf(time) === dayOf(now - DAY) ? "Hôm qua" : fullDate(time);
}

/** An open ticket's deadline in words, and whether it is late or near. */
export function deadline(ticket, now) {
	if (!ticket.due_at || !["new", "accepted", "in_progress"].includes(ticket.status)) return null;
	if (ticket.overdue) return { words: `Quá hạn từ ${dayMonth(ticket.due_at)}`, tone: "late" };
	return { words: `Hạn ${dateTime(ticket.due_at)}`, tone: new Date(ticket.due_at) - now < DAY ? "near" : "" };
}
