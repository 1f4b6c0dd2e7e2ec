/** A post or an album drawn. What is pressed is found by `data-action`; nothing is wired here. */

import { dayWords, timeOf } from "./dates.js";
import { el, icon } from "./dom.js";
import { reactions } from "./timeline.js";
import { ROLES, avatar, tappable, tint } from "./words.js";

const SHOWN = 4;

/** The list item of a group; posts of member `me` stand on the right. */
export function groupRow(group, { me, now }) {
	const [post] = group.posts;
	const mine = post.author.id === me;
	const article = el(
		"article.post",
		{ tabIndex: -1, "data-post": post.id, "aria-label": `${post.author.name}, ${timeOf(post.at)}` },
		!mine && face(post.author, group.follows),
		el("div.body", {}, content(group, mine), actions(mine)),
	);
	for (const [name, on] of Object.entries({ mine, bot: post.author.bot, follows: group.follows })) article.classList.toggle(name, on);
	return el("li", {}, group.newDay && el("p.day", {}, el("span", {}, dayWords(post.at, now))), article);
}

function face(author, follows) {
	if (follows) return el("span.avatar.none");
	return author.bot ? el("span.avatar.robot", {}, icon("ticket")) : avatar(author.name);
}

function content({ posts, follows }, mine) {
	const [post] = posts;
	const worded = posts.find((one) => one.text) ?? post;
	const photos = posts.flatMap((one) => one.photos.map((photo) => ({ ...photo, post: one.id })));
	const name = !mine && !follows && nameLine(post.author);
	const edited = posts.some((one) => one.edited) && el("span", {}, "đã sửa");
	const foot = [edited, el("time", { dateTime: post.at }, timeOf(post.at))];
	return [bubble({ ...post, name, photos, text: worded.text, foot }), keyboard(worded), chips(posts)];
}

function bubble({ name, reply_to, photos, text, location, author, id, foot }) {
	return el(
		"div.bubble",
		{},
		name,
		reply_to && quote(reply_to),
		photos.length > 0 && album(photos, author.name, id),
		text && el("p.text", { dir: "auto" }, tappable(text)),
		location && el("a", { href: `geo:${location}` }, `Vị trí: ${location.join(", ")}`),
		el("p.foot", {}, foot),
	);
}

function nameLine({ name, bot, role }) {
	const mark = bot ? el("span.mark.robot", {}, "bot") : role !== "member" && el("span.mark", {}, ROLES[role]);
	return el(`p.name.${tint(name)}`, {}, el("bdi", {}, name), mark);
}

function quote({ id, name, text }) {
	return el("button.quote", { "data-action": "jump", "data-to": id }, el("b", { dir: "auto" }, name), el("span", { dir: "auto" }, text || "Hình ảnh"));
}

/** One photo keeps its shape; several become a grid. */
function album(photos, name, id) {
	const box = el(`div.album.of-${Math.min(photos.length, SHOWN)}`, {}, photos.slice(0, SHOWN).map((photo, index) => tile(photo, index, name, id)));
	if (photos.length > SHOWN) box.lastChild.append(el("span.rest", {}, `+${photos.length - SHOWN}`));
	return box;
}

function tile({ url, width, height, post }, index, name, first) {
	const marks = { "data-post": post === first ? undefined : post };
	if (!url) return el("span.tile.waiting", marks, "Đang kiểm tra ảnh…");
	const image = el("img", { src: url, alt: `Ảnh ${index + 1} của ${name}`, loading: "lazy", width: width || undefined, height: height || undefined });
	return el("button.tile", { ...marks, "data-action": "photo", "data-index": index }, image);
}

function keyboard({ id, buttons }) {
	const key = ({ text, data }) => el("button.button", { "data-action": "press", "data-data": data, "data-on": id }, text);
	return buttons.length > 0 && el("div.keyboard", {}, buttons.map((row) => el("div.keys", {}, row.map(key))));
}

function chips(posts) {
	const chip = ([emoji, count]) => el("button", { "data-action": "react", "data-emoji": emoji, "aria-label": `${count} người thả ${emoji}` }, `${emoji} ${count}`);
	const counted = reactions(posts);
	return counted.length > 0 && el("p.reactions", {}, counted.map(chip));
}

function actions(mine) {
	const one = (action, title, drawing) => el("button", { "data-action": action, "data-emoji": "👍", title, "aria-label": title }, drawing);
	return el("div.actions", {}, one("reply", "Trả lời", icon("reply")), one("react", "Thích", "👍"), mine && one("edit", "Sửa", icon("edit")));
}

export function outgoingRow(item) {
	const photos = item.previews.map((url) => ({ url }));
	const remedy = (action, words) => el("button.button", { "data-action": action }, words);
	const remedies = item.state === "failed" && el("div.keys", {}, remedy("resend", "Gửi lại"), remedy("drop", "Bỏ"));
	const moving = item.files.length > 0 && item.state === "moving" && el("progress", { max: 1, value: item.part ?? 0, "aria-label": "Đã gửi được" });
	const foot = [el("span.state", {}, item.words)];
	const body = el("div.body", {}, bubble({ ...item, reply_to: item.replyTo, photos, foot }), moving, remedies);
	return el("li", {}, el(`article.post.mine.${item.state}`, { "data-client": item.clientId }, body));
}

/** How far an upload is, without drawing its photos anew. */
export function showProgress({ clientId, words, part }) {
	const article = document.querySelector(`[data-client="${CSS.escape(clientId)}"]`);
	if (!article) return;
	article.querySelector(".state").textContent = words;
	const bar = article.querySelector("progress");
	if (bar) bar.value = part;
}
