/** The posts of one room on the page: kept, drawn, scrolled, paged back. */

import { byId } from "./dom.js";
import { groupRow } from "./postview.js";
import { compare, grouped, unchanged } from "./timeline.js";

const NEAR_BOTTOM = 90;
const NEAR_TOP = 240;
const PAGES_TO_SEARCH = 30;

export class Conversation {
  #posts = new Map();
  #rows = new Map();
  #more = false;
  #loading = null;
  #stuck = true;
  #unseen = 0;
  #top = 0;

  /** `older(before)` fetches a page of older posts; `now()` is the clock. */
  constructor({ older, now }) {
    Object.assign(this, { older, now, me: null });
    this.list = byId("posts");
    this.scroller = byId("scroller");
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    byId("newest").addEventListener("click", () => this.toBottom());
    this.list.addEventListener("keydown", (event) => this.#walk(event));
    const watcher = new ResizeObserver(() => this.#stuck && this.toBottom());
    [this.scroller, this.list, byId("outgoing")].forEach((element) => watcher.observe(element));
  }

  /** Show a room anew, from the server's state. */
  show(state) {
    this.#posts = new Map(state.posts.map((post) => [String(post.id), post]));
    this.#rows.clear();
    this.#more = state.more;
    this.list.replaceChildren();
    this.#draw();
    this.toBottom();
  }

  setMe(member) {
    this.me = member;
    this.#rows.clear();
    this.list.replaceChildren();
    this.#draw();
  }

  get(id) {
    return this.#posts.get(String(id));
  }

  /** Posts shown together with this one: its album, or itself alone. */
  groupOf(id) {
    for (const { group } of this.#rows.values()) {
      if (group.posts.some((post) => String(post.id) === String(id))) return group.posts;
    }
    return [];
  }

  /** Take posts that are new or changed; returns those never seen before. */
  merge(posts) {
    const oldest = [...this.#posts.values()].sort(compare)[0];
    const known = (post) => this.#posts.has(String(post.id));
    // A change to a post further back than what is loaded comes with its page, not out of place.
    const fitting = posts.filter((post) => known(post) || !this.#more || !oldest || compare(post, oldest) > 0);
    const fresh = fitting.filter((post) => !known(post));
    for (const post of fitting) this.#keep(post);
    this.#draw(fresh.length > 0 && fresh.length < 4);
    this.#count(fresh);
    return fresh;
  }

  toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#stuck = true;
    this.#unseen = 0;
    this.#pill();
  }

  /** Scroll to a post, fetching older pages until it is there; false when it is not to be found. */
  async jump(id) {
    for (let page = 0; page < PAGES_TO_SEARCH && !this.get(id) && this.#more; page += 1) {
      if (!(await this.#loadOlder())) break;
    }
    const found = this.list.querySelector(`[data-post="${CSS.escape(String(id))}"]`)?.closest("article");
    if (!found) return false;
    this.#stuck = false;
    found.scrollIntoView({ block: "center" });
    found.focus({ preventScroll: true });
    found.classList.add("found");
    setTimeout(() => found.classList.remove("found"), 2200);
    return true;
  }

  #keep(post) {
    const old = this.get(post.id);
    if (!old || !(post.revision <= old.revision)) this.#posts.set(String(post.id), post);
  }

  #count(fresh) {
    const others = fresh.filter((post) => String(post.author.id) !== String(this.me));
    if (this.#stuck) this.toBottom();
    else this.#unseen += others.length;
    this.#pill();
  }

  #draw(arriving = false) {
    const groups = grouped(this.#posts.values());
    const focused = document.activeElement?.closest?.("[data-post]")?.dataset.post;
    let cursor = this.list.firstElementChild;
    for (const group of groups) {
      const row = this.#row(group, arriving);
      if (row !== cursor) this.list.insertBefore(row, cursor);
      else cursor = cursor.nextElementSibling;
    }
    this.#sweep(groups);
    byId("empty").hidden = groups.length > 0;
    this.#hold(focused);
  }

  /** The row of a group: the one already drawn if it still fits, else a new one in its place. */
  #row(group, arriving) {
    const old = this.#rows.get(group.key);
    if (old && unchanged(old.group, group)) return old.row;
    const row = groupRow(group, { me: this.me, now: this.now() });
    if (old) old.row.replaceChildren(...row.childNodes);
    else row.classList.toggle("arriving", arriving);
    const kept = old ? old.row : row;
    this.#rows.set(group.key, { group, row: kept });
    return kept;
  }

  #sweep(groups) {
    const alive = new Set(groups.map((group) => group.key));
    for (const [key, { row }] of this.#rows) {
      if (alive.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
  }

  /** Exactly one post is a tab stop; arrows walk from there. A redrawn post keeps its focus. */
  #hold(focused) {
    const articles = [...this.list.querySelectorAll("article")];
    if (focused && !this.list.contains(document.activeElement)) {
      articles.find((article) => article.dataset.post === focused)?.focus({ preventScroll: true });
    }
    if (articles.includes(document.activeElement)) return;
    articles.forEach((article, index) => (article.tabIndex = index === articles.length - 1 ? 0 : -1));
  }

  #walk(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.target.tagName !== "ARTICLE") return;
    const articles = [...this.list.querySelectorAll("article")];
    const next = articles[articles.indexOf(event.target) + step];
    if (!next) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    // Only a move upwards lets go of the bottom; growing content alone does not.
    if (scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM) this.#stuck = true;
    else if (scrollTop < this.#top) this.#stuck = false;
    this.#top = scrollTop;
    if (this.#stuck) this.#unseen = 0;
    this.#pill();
    if (scrollTop < NEAR_TOP && this.#more) this.#loadOlder();
  }

  #pill() {
    const pill = byId("newest");
    pill.hidden = this.#stuck;
    pill.firstElementChild.textContent = this.#unseen > 1 ? `${this.#unseen} tin mới` : this.#unseen ? "Tin mới" : "";
    pill.setAttribute("aria-label", this.#unseen ? `${this.#unseen} tin mới, xuống cuối` : "Xuống cuối");
  }

  #loadOlder() {
    this.#loading ??= this.#fetchOlder().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #fetchOlder() {
    const [oldest] = [...this.#posts.values()].sort(compare);
    byId("older").hidden = false;
    const page = await this.older(oldest?.id);
    byId("older").hidden = true;
    if (!page) return false;
    this.#more = page.more && page.posts.length > 0;
    this.#prepend(page.posts);
    return true;
  }

  /** What the reader looks at stays where it is. */
  #prepend(posts) {
    const anchor = this.list.firstElementChild;
    const before = anchor?.getBoundingClientRect().bottom ?? 0;
    for (const post of posts) this.#keep(post);
    this.#draw();
    if (anchor) this.scroller.scrollTop += anchor.getBoundingClientRect().bottom - before;
  }
}
