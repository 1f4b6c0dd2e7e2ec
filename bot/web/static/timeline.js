/** Order of posts, albums as one, runs of one author, days: decisions only. */

import { dayOf } from "./dates.js";

const RUN = 5 * 60_000;
const NUMBER = /^\d+$/;

/** By number where ids are numbers (the order of arrival), by time elsewhere. */
export function compare(a, b) {
  const [x, y] = [String(a.id), String(b.id)];
  if (NUMBER.test(x) && NUMBER.test(y)) return Number(x) - Number(y);
  return a.at.localeCompare(b.at) || x.localeCompare(y);
}

const keyOf = (post) => (post.album ? `album/${post.author.id}/${post.album}` : `post/${post.id}`);

/** Posts as groups, each an album or a single post, with what the one before it implies. */
export function grouped(posts) {
  const groups = new Map();
  for (const post of [...posts].sort(compare)) {
    const key = keyOf(post);
    if (groups.has(key)) groups.get(key).posts.push(post);
    else groups.set(key, { key, posts: [post] });
  }
  const list = [...groups.values()];
  list.forEach((group, index) => Object.assign(group, placed(group, list[index - 1])));
  return list;
}

function placed(group, before) {
  const [post, last] = [group.posts[0], before?.posts.at(-1)];
  const newDay = !last || dayOf(last.at) !== dayOf(post.at);
  const near = !newDay && Math.abs(new Date(post.at) - new Date(last.at)) < RUN;
  return { newDay, follows: near && last.author.id === post.author.id };
}

/** Whether a group drawn earlier still looks the same. */
export function unchanged(old, group) {
  return (
    old.newDay === group.newDay &&
    old.follows === group.follows &&
    old.posts.length === group.posts.length &&
    old.posts.every((post, index) => post === group.posts[index])
  );
}

/** Reactions of all posts of a group, added up. */
export function reactions(posts) {
  const counts = new Map();
  for (const { emoji, count } of posts.flatMap((post) => post.reactions ?? [])) {
    counts.set(emoji, (counts.get(emoji) ?? 0) + count);
  }
  return [...counts];
}
