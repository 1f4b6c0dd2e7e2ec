/** Order of posts, albums as one, runs of one author, days: decisions only. */

import { dayOf } from "./dates.js";

const RUN = 5 * 60_000;

/** By number where ids are numbers (the order of arrival), by time elsewhere. */
export const compare = (a, b) => a.id - b.id || a.at.localeCompare(b.at);

/** Posts as groups, and how each follows the one before. */
export function grouped(posts) {
	const groups = new Map();
	for (const post of [...posts].sort(compare)) {
		const key = post.album ? `${post.author.id}/${post.album}` : post.id;
		if (groups.has(key)) groups.get(key).posts.push(post);
		else groups.set(key, { key, posts: [post] });
	}
	return [...groups.values()].map((group, index, all) => ({ ...group, ...placed(group.posts[0], all[index - 1]?.posts.at(-1)) }));
}

function placed(post, last) {
	const newDay = !last || dayOf(last.at) !== dayOf(post.at);
	return { newDay, follows: !newDay && last.author.id === post.author.id && new Date(post.at) - new Date(last.at) < RUN };
}

export function unchanged(old, group) {
	const same = old.newDay === group.newDay && old.follows === group.follows && old.posts.length === group.posts.length;
	return same && old.posts.every((post, index) => post === group.posts[index]);
}

/** Reactions of a group's posts, added up. */
export function reactions(posts) {
	const counts = new Map();
	for (const { emoji, count } of posts.flatMap((post) => post.reactions)) counts.set(emoji, (counts.get(emoji) ?? 0) + count);
	return [...counts];
}
