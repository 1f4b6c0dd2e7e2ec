/** The posts of one room on the page: kept, drawn, scrolled, paged back. */

import { byId } from "./dom.js";
import { groupRow } from "./postview.js";
import { compare, grouped, unchanged } from "./timeline.js";

const NEAR_BOTTOM = 90;
const NEAR_TOP = 240;
const FOUND = 2200;

export class Conversation {
	#posts = new Map();
	#rows = new Map();
	#more = false;
	#stuck = true;
	#unseen = 0;
	#top = 0;

	/** `older(before)` fetches a page of older posts, or null; `now()` is the clock. */
	constructor(parts) {
		Object.assign(this, parts, { list: byId("posts"), scroller: byId("scroller") });
		this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
		this.list.addEventListener("keydown", (event) => this.#walk(event));
		byId("newest").addEventListener("click", () => this.toBottom());
		const watcher = new ResizeObserver(() => this.#stuck && this.toBottom());
		[this.scroller, this.list, byId("outgoing")].forEach((element) => watcher.observe(element));
	}

	/** `isUnknown`: what is in the room has not been heard yet. */
	show({ posts, more, isUnknown }) {
		this.isUnknown = isUnknown;
		this.#posts = new Map(posts.map((post) => [post.id, post]));
		this.#more = more;
		this.setMe(this.me);
	}

	setMe(member) {
		this.me = member;
		this.#rows.clear();
		this.list.replaceChildren();
		this.#draw();
		this.toBottom();
	}

	/** The newest posts, as a page of the server's. */
	latest(count) {
		return [...this.#posts.values()].sort(compare).slice(-count);
	}

	get(id) {
		return this.#posts.get(id);
	}

	groupOf(id) {
		return grouped(this.#posts.values()).find(({ posts }) => posts.some((post) => post.id === id)).posts;
	}

	/** Take posts that are new or changed; returns those never seen before. */
	merge(posts) {
		// A change further back than what is loaded comes with its page, not out of place.
		const fitting = posts.filter((post) => this.get(post.id) || !this.#more || compare(post, this.#oldest()) > 0);
		const fresh = fitting.filter((post) => !this.get(post.id));
		this.#keep(fitting);
		this.#draw();
		if (this.#stuck) this.toBottom();
		else this.#unseen += fresh.filter((post) => post.author.id !== this.me).length;
		this.#pill();
		return fresh;
	}

	toBottom() {
		this.scroller.scrollTop = this.scroller.scrollHeight;
		this.#stuck = true;
		this.#pill();
	}

	/** Scroll to a post, fetching older pages for it; false when there is none. */
	async jump(id) {
		while (!this.get(id) && this.#more) if (!(await this.#loadOlder())) break;
		const found = this.list.querySelector(`[data-post="${CSS.escape(id)}"]`)?.closest("article");
		if (!found) return false;
		this.#stuck = false;
		found.scrollIntoView({ block: "center" });
		found.focus({ preventScroll: true });
		found.classList.add("found");
		setTimeout(() => found.classList.remove("found"), FOUND);
		return true;
	}

	#oldest() {
		return [...this.#posts.values()].sort(compare)[0];
	}

	#keep(posts) {
		for (const post of posts) if (!(post.revision <= this.get(post.id)?.revision)) this.#posts.set(post.id, post);
	}

	#draw() {
		const groups = grouped(this.#posts.values());
		const focused = document.activeElement.closest("[data-post]")?.dataset.post;
		const rows = groups.map((group) => this.#row(group));
		rows.forEach((row, index) => this.list.children[index] !== row && this.list.insertBefore(row, this.list.children[index]));
		while (this.list.children.length > rows.length) this.list.lastChild.remove();
		byId("empty").hidden = rows.length > 0 || Boolean(this.isUnknown);
		this.#hold(focused);
	}

	#row(group) {
		const old = this.#rows.get(group.key);
		if (old && unchanged(old.group, group)) return old.row;
		const drawn = groupRow(group, { me: this.me, now: this.now() });
		if (old) old.row.replaceChildren(...drawn.childNodes);
		const row = old?.row ?? drawn;
		this.#rows.set(group.key, { group, row });
		return row;
	}

	/** A redrawn post keeps its focus; the last post is the one tab stop, arrows walk from there. */
	#hold(focused) {
		const articles = [...this.list.querySelectorAll("article")];
		if (focused && !document.activeElement.closest("[data-post]")) articles.find((one) => one.dataset.post === focused)?.focus({ preventScroll: true });
		articles.forEach((article, index) => (article.tabIndex = index === articles.length - 1 ? 0 : -1));
	}

	#walk(event) {
		const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
		const articles = [...this.list.querySelectorAll("article")];
		const here = articles.indexOf(event.target);
		if (!step || here < 0) return;
		event.preventDefault();
		articles[here + step]?.focus();
	}

	#scrolled() {
		const { scrollTop, scrollHeight, clientHeight } = this.scroller;
		// Only a move upwards lets go of the bottom; growing content alone does not.
		if (scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM) this.#stuck = true;
		else if (scrollTop < this.#top) this.#stuck = false;
		this.#top = scrollTop;
		this.#pill();
		if (scrollTop < NEAR_TOP && this.#more) this.#loadOlder();
	}

	#pill() {
		if (this.#stuck) this.#unseen = 0;
		const words = this.#unseen > 1 ? `${this.#unseen} tin mới` : this.#unseen && "Tin mới";
		byId("newest").hidden = this.#stuck;
		byId("newest").firstElementChild.textContent = words || "";
	}

	/** What the reader looks at stays where it is. */
	#loadOlder() {
		this.loading ??= this.#fetchOlder().finally(() => (this.loading = null));
		return this.loading;
	}

	async #fetchOlder() {
		byId("older").hidden = false;
		const page = await this.older(this.#oldest()?.id);
		byId("older").hidden = true;
		if (!page) return false;
		const anchor = this.list.firstElementChild;
		const before = anchor.getBoundingClientRect().bottom;
		this.#more = page.more;
		this.#keep(page.posts);
		this.#draw();
		this.scroller.scrollTop += anchor.getBoundingClientRect().bottom - before;
		return true;
	}
}
