/** One post, or one album, drawn. What is pressed is found by `data-action`; nothing is wired here. */

import { dayWords, timeOf } from "./dates.js";
import { el, icon } from "./dom.js";
import { reactions } from "./timeline.js";
import { ROLE_WORDS, avatar, colourOf, tappable } from "./words.js";

const LIKE = "👍";
const MARKED = new Set(["moderator", "department", "administrator"]);

/** The list item of a group; `me` is the member whose posts stand on the right. */
export function groupRow(group, { me, now }) {
  const post = group.posts[0];
  const mine = String(post.author.id) === String(me);
  const article = el(
    "article",
    { className: "post", tabIndex: -1, "data-post": post.id, "aria-label": label(post) },
    mine ? null : avatarOf(post, group.follows),
    el("div", { className: "body" }, content(group, mine), actions(post, mine)),
  );
  article.classList.toggle("mine", mine);
  article.classList.toggle("bot", Boolean(post.author.bot));
  article.classList.toggle("follows", group.follows);
  return el("li", {}, group.newDay ? dayMark(post, now) : null, article);
}

const label = (post) => `${post.author.name}, ${timeOf(post.at)}`;
const dayMark = (post, now) => el("p", { className: "day" }, el("span", {}, dayWords(post.at, now)));

function avatarOf(post, follows) {
  if (follows) return el("span", { className: "avatar none" });
  if (!post.author.bot) return avatar(post.author.name);
  return el("span", { className: "avatar robot", "aria-hidden": "true" }, icon("ticket"));
}

function content(group, mine) {
  const [post] = group.posts;
  const worded = group.posts.find((one) => one.text) ?? post;
  const photos = group.posts.flatMap((one) => one.photos.map((photo) => ({ ...photo, post: one.id })));
  const bubble = el(
    "div",
    { className: "bubble" },
    mine || group.follows ? null : nameLine(post.author),
    post.reply_to ? quote(post.reply_to) : null,
    photos.length ? album(photos, post) : null,
    worded.text ? el("p", { className: "text" }, tappable(worded.text)) : null,
    post.location ? location(post.location) : null,
    footnote(group.posts),
  );
  bubble.classList.toggle("bare", photos.length > 0 && !worded.text && !post.reply_to);
  return [bubble, keyboard(worded.buttons ?? [], worded.id), chips(group.posts)];
}

function nameLine(author) {
  const mark = author.bot ? "bot" : MARKED.has(author.role) ? ROLE_WORDS[author.role] : null;
  return el(
    "p",
    { className: `name ${colourOf(author.name)}` },
    author.name,
    mark ? el("span", { className: author.bot ? "mark robot" : "mark" }, mark) : null,
  );
}

export function quote(reply) {
  return el(
    "button",
    { type: "button", className: "quote", "data-action": "jump", "data-to": reply.id, title: "Tới tin được trả lời" },
    el("b", {}, reply.name),
    el("span", {}, reply.text || "Hình ảnh"),
  );
}

/** One photo keeps its shape; several become a grid, the last tile saying how many more there are. */
function album(photos, post) {
  const box = el("div", { className: `album of-${Math.min(photos.length, 4)}` });
  photos.slice(0, 4).forEach((photo, index) => box.append(tile(photo, index, post)));
  if (photos.length > 4) box.lastChild.append(el("span", { className: "rest" }, `+${photos.length - 4}`));
  return box;
}

function tile(photo, index, post) {
  const marked = photo.post && photo.post !== post.id ? photo.post : undefined;
  if (!photo.url) {
    return el("span", { className: "tile waiting", "data-post": marked }, "Đang kiểm tra ảnh…");
  }
  const image = el("img", { src: photo.url, alt: `Ảnh ${index + 1} của ${post.author.name}`, loading: "lazy", decoding: "async" });
  if (photo.width && photo.height) Object.assign(image, { width: photo.width, height: photo.height });
  return el("button", { type: "button", className: "tile", "data-action": "photo", "data-index": index, "data-post": marked }, image);
}

function location([latitude, longitude]) {
  const words = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return el("p", { className: "place" }, icon("pin"), el("a", { href: `geo:${latitude},${longitude}` }, `Vị trí ${words}`));
}

function footnote(posts) {
  const edited = posts.some((post) => post.edited) ? el("span", { className: "edited" }, "đã sửa") : null;
  return el("p", { className: "foot" }, edited, el("time", { dateTime: posts[0].at }, timeOf(posts[0].at)));
}

function keyboard(rows, id) {
  if (!rows.length) return null;
  const drawn = rows.map((row) => el("div", { className: "keys" }, row.map((button) => key(button, id))));
  return el("div", { className: "keyboard" }, drawn);
}

function key(button, id) {
  return el("button", { type: "button", className: "button", "data-action": "press", "data-data": button.data, "data-on": id }, button.text);
}

function chips(posts) {
  const counted = reactions(posts);
  if (!counted.length) return null;
  return el("p", { className: "reactions" }, counted.map(([emoji, count]) => chip(emoji, count)));
}

function chip(emoji, count) {
  const words = `${count} người thả ${emoji}`;
  return el("button", { type: "button", "data-action": "react", "data-emoji": emoji, title: words, "aria-label": words }, `${emoji} ${count}`);
}

function actions(post, mine) {
  const one = (action, name, drawing) =>
    el("button", { type: "button", "data-action": action, "data-emoji": LIKE, title: name, "aria-label": name }, drawing);
  return el(
    "div",
    { className: "actions", role: "group", "aria-label": "Việc với tin này" },
    one("reply", "Trả lời", icon("reply")),
    one("react", "Thích", LIKE),
    post.text ? one("copy", "Chép", icon("copy")) : null,
    mine ? one("edit", "Sửa", icon("edit")) : null,
  );
}

/** A post still on its way: grey, with what is happening to it. */
export function outgoingRow(item) {
  const photos = item.previews.map((url) => ({ url }));
  const shown = el(
    "div",
    { className: "bubble" },
    item.replyTo ? quote(item.replyTo) : null,
    photos.length ? album(photos, item) : null,
    item.text ? el("p", { className: "text" }, item.text) : null,
    el("p", { className: "foot" }, item.words),
  );
  const article = el("article", { className: `post mine ${item.state}`, "data-client": item.clientId }, el("div", { className: "body" }, shown, item.state === "failed" ? remedies() : null));
  return el("li", {}, article);
}

function remedies() {
  const one = (action, words) => el("button", { type: "button", className: "button", "data-action": action }, words);
  return el("div", { className: "keys" }, one("resend", "Gửi lại"), one("drop", "Bỏ"));
}
