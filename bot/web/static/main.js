/** Where the page is put together. */

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { byId, icon } from "./dom.js";
import { newId } from "./ids.js";
import { followKeyboard } from "./keyboard.js";
import { Lightbox } from "./lightbox.js";
import { Members } from "./members.js";
import { announce, connectionLine, progress, toast } from "./notices.js";
import { Outgoing } from "./outgoing.js";
import { smaller } from "./photos.js";
import { outgoingRow, showProgress } from "./postview.js";
import { showRooms } from "./rooms.js";
import { Session } from "./session.js";
import { Stream } from "./stream.js";
import { Tickets } from "./tickets.js";

const PRIVATE = "rieng-"; // before a member's id: the room of that member and the bot
const RETRY = 1500;
const KEPT = 100; // posts of a room that are there without a network
const SETTLE = 1000;
const PATIENCE = 4000; // without an answer
const TICKET = /^#([A-Z]{1,6}\d+)$/;
const POST = /^#([\w-]+)\/(\d+)$/;

const now = () => Date.now();
const failed = (error) => toast(error.message);
const refused = (error) => error instanceof api.Refused && failed(error); // the rest the line tells

class Page {
	#chat;
	#state = { chats: [] };
	#stream;
	#visit = 0;
	#isLive = true;
	#deep = 0; // tickets that were opened one out of another
	#from; // the view in which the first was

	constructor() {
		this.line = connectionLine();
		this.lightbox = new Lightbox();
		this.members = new Members({ storage: localStorage, changed: (id) => this.#became(id) });
		this.tickets = new Tickets({ list: api.tickets, one: api.ticket, failed: refused, now });
		this.conversation = new Conversation({ older: this.#older, now });
		this.outgoing = new Outgoing({ send: api.send, smaller, changed: this.#drawOutgoing, moved: showProgress, missing: this.#catchUp });
		this.session = new Session({ outgoing: this.outgoing, now });
		this.composer = new Composer({ send: this.#send, edit: (post, text) => this.#ask(api.edit, { post: post.id, text }), say: toast });
	}

	/** Open what an address asks for: a post in its room, a ticket, or the first room. */
	async open(hash) {
		await this.session.recall();
		if (POST.test(hash)) return this.follow(hash);
		if (TICKET.test(hash)) {
			this.#noteDeep(history.state?.deep ?? 0);
			this.turnTo("tickets");
			this.follow(hash);
		}
		await this.enter();
	}

	/** Open a room: its posts, then the live line. */
	async enter(chat) {
		const visit = ++this.#visit;
		this.#leaveRoom(chat);
		const late = setTimeout(() => this.#recalled(chat, visit), PATIENCE);
		const state = await this.#fetched(chat, visit);
		clearTimeout(late);
		if (!state || visit !== this.#visit) return;
		await this.session.settle(state);
		this.#show(state);
		const address = (after) => api.streamAddress(state.chat, after);
		this.#stream = new Stream({ address, revision: state.revision, hear: this.#hear, turn: this.#turned });
	}

	/** Nothing is written into the old room while the new one opens. */
	#leaveRoom(chat) {
		if (this.#stream) this.#live(false);
		this.#stream?.close();
		this.composer.hold(chat !== undefined && chat !== this.#chat);
	}

	#show(state) {
		this.composer.turn(state.chat, this.session.drafts(state));
		this.composer.hold(false);
		this.#chat = state.chat;
		this.#roster(state);
		state.posts.forEach((post) => this.outgoing.arrived(post));
		this.conversation.show(state);
		this.#drawOutgoing();
	}

	/** Do what a pressed element says. */
	act(element) {
		const { action, to, chat, emoji, index, title } = element.dataset;
		const article = element.closest("article");
		const post = this.conversation.get(article?.dataset.post);
		const doing = {
			reply: () => this.composer.reply(post),
			edit: () => this.composer.correct(post),
			react: () => this.#ask(api.react, { post: post.id, emoji }),
			press: () => this.#press(element),
			jump: () => this.#jump(to),
			photo: () => this.#enlarge(element, index, post?.author.name),
			enlarge: () => this.#enlarge(element, index, title),
			source: () => this.#source(chat, to),
			resend: () => this.outgoing.resend(article.dataset.client),
			drop: () => this.outgoing.drop(article.dataset.client),
			back: () => this.#leaveTicket(),
		};
		doing[action]();
	}

	follow(hash) {
		const [, chat, post] = POST.exec(hash) ?? [];
		if (post) return this.#source(chat, post);
		const code = TICKET.exec(hash)?.[1];
		if (!code) return this.#closeTicket();
		this.#from ??= document.body.dataset.view;
		this.turnTo("tickets");
		this.tickets.open(code);
	}

	/** The address is another one, by a link or on the way back: each ticket's knows how deep it is. */
	moved(hash) {
		if (TICKET.test(hash)) this.#noteDeep(history.state?.deep ?? this.#deep + 1);
		else this.#deep = 0;
		this.follow(hash);
	}

	#noteDeep(deep) {
		this.#deep = deep;
		history.replaceState({ deep }, "");
	}

	/** Back as the browser goes, so that its own "back" opens the ticket no second time; else the list is what is left. */
	#leaveTicket() {
		if (this.#deep) return history.go(-this.#deep);
		history.replaceState(null, "", location.pathname + location.search);
		this.follow("");
	}

	/** Where the ticket was opened, one goes on. */
	#closeTicket() {
		this.tickets.close();
		if (this.#from && document.body.dataset.view === "tickets") this.turnTo(this.#from);
		this.#from = undefined;
	}

	turnTo(view) {
		document.body.dataset.view = view;
		for (const tab of document.querySelectorAll("[data-tab]")) tab.ariaCurrent = tab.dataset.tab === view ? "page" : null;
	}

	hurry() {
		this.#stream?.hurry();
		this.outgoing.hurry();
	}

	#roster(state) {
		byId("title").textContent = byId("brand").textContent = document.title = state.title;
		this.#state = state;
		const me = this.members.show(state);
		if (me !== this.conversation.me) this.conversation.setMe(me);
		this.#drawRooms(me);
	}

	/** Everybody has a room of their own with the bot; another's is not shown. */
	#drawRooms(me) {
		const own = me ? [{ id: `${PRIVATE}${me}`, title: "Công ích", role: "private" }] : [];
		showRooms([...this.#state.chats, ...own], this.#chat);
		if (!this.#state.me) this.session.became(this.members.me, this.#state);
	}

	#became(me) {
		this.conversation.setMe(me);
		if (this.#chat.startsWith(PRIVATE)) return this.enter(`${PRIVATE}${me}`);
		this.#drawRooms(me);
	}

	/** Asked again until the server answers or another room is wanted; meanwhile what was seen last stands there. */
	async #fetched(chat, visit) {
		let wanted = chat;
		for (let failures = 0; visit === this.#visit; failures += 1) {
			try {
				return await api.state(wanted);
			} catch (error) {
				if (error instanceof api.Refused) return this.#refused(error, wanted, visit);
				this.#live(false);
				if (!failures) wanted = await this.#recalled(wanted, visit);
				await new Promise((resolve) => setTimeout(resolve, RETRY));
			}
		}
	}

	/** A room that is not there for us any more: the first one is. */
	#refused(error, chat, visit) {
		failed(error);
		return chat ? this.#fetched(undefined, visit) : undefined;
	}

	/** Show what was seen last of a room, or of the last room; never before the server was asked whose page it is. */
	async #recalled(chat, visit) {
		const empty = chat && this.#state.me && { ...this.#state, chat, posts: [], more: false, isUnknown: true };
		const seen = (await this.session.seen(chat)) ?? empty;
		if (seen && visit === this.#visit) this.#show(seen);
		return seen?.chat ?? chat;
	}

	#live(live) {
		this.#isLive = live;
		this.line(live, this.outgoing.waiting, this.outgoing.stuck);
	}

	#turned = async (live, again) => {
		this.#live(live);
		if (!live) this.#check();
		if (!again) return;
		this.outgoing.hurry();
		this.tickets.refreshSoon();
		const state = await api.state(this.#chat).catch(refused);
		// A server that started over counts anew: what is shown is of another life.
		if (state?.revision < this.#stream.revision) await this.enter(this.#chat);
	};

	#hear = (name, data) => {
		if (name === "post") this.#take([data]).filter((post) => post.author.id !== this.conversation.me).forEach(announce);
		if (name === "tickets") this.tickets.refreshSoon();
		if (name === "progress") progress(data);
		if (name === "ended") this.#check();
		if (name === "toast" && data.member === this.conversation.me) toast(data.text);
	};

	/** The line is gone: perhaps we may not be here any more (signed out: the session hears), perhaps only not in this room. */
	async #check() {
		const chat = this.#chat;
		try {
			await api.here(chat);
			if (this.#stream.isEnded && chat === this.#chat) await this.enter(chat);
		} catch (error) {
			if (error instanceof api.Refused && chat === this.#chat) await this.enter();
		}
	}

	#take(posts) {
		const here = posts.filter((post) => post.chat === this.#chat);
		here.forEach((post) => this.outgoing.arrived(post));
		const fresh = this.conversation.merge(here);
		this.#drawOutgoing();
		this.#keepSoon();
		if (this.members.areChosen && fresh.some(({ author }) => !author.bot && !this.members.find(author.id))) this.#newcomers();
		return fresh;
	}

	/** What is on the page is what it opens with when there is no network. */
	#keepSoon() {
		if (!this.#state.me) return;
		clearTimeout(this.keeping);
		const keep = () => this.session.kept.remember({ ...this.#state, posts: this.conversation.latest(KEPT), more: false });
		this.keeping = setTimeout(keep, SETTLE);
	}

	async #newcomers() {
		const state = await api.state(this.#chat).catch(failed);
		if (state) this.#roster(state);
	}

	#older = async (before) => {
		const chat = this.#chat;
		const page = await api.state(chat, before).catch(refused);
		return chat === this.#chat ? page : null;
	};

	#catchUp = async (chat) => {
		const state = await api.state(chat).catch(refused);
		if (state) this.#take(state.posts);
	};

	#drawOutgoing = () => {
		byId("outgoing").replaceChildren(...this.outgoing.visible(this.#chat).map(outgoingRow));
		this.#live(this.#isLive);
	};

	#send = (draft) => {
		if (!this.members.me) {
			toast(this.#chat === undefined ? "Nhóm đang mở, anh/chị chờ một chút rồi gửi lại." : "Chưa có tên nào để chọn.");
			return false;
		}
		this.outgoing.add({ ...draft, clientId: newId(), chat: this.#chat, author: this.members.me });
		this.conversation.toBottom();
		return true;
	};

	async #press(button) {
		const { data, on } = button.dataset;
		button.disabled = true;
		await this.#ask(api.press, { post: on, data });
		setTimeout(() => (button.disabled = false), RETRY);
	}

	#ask(door, body) {
		return door({ client_id: newId(), chat: this.#chat, member: this.members.me?.id, ...body }).catch(failed);
	}

	async #jump(id) {
		if (!(await this.conversation.jump(id))) toast("Không tìm thấy tin gốc.");
	}

	async #source(chat, id) {
		this.turnTo("chat");
		if (chat !== this.#chat) await this.enter(chat);
		await this.#jump(id);
	}

	/** All photos of an album, also those without a tile. */
	#enlarge(tile, index, words) {
		const id = tile.closest("article")?.dataset.post;
		const kept = id && this.conversation.groupOf(id).flatMap((post) => post.photos.map(({ url }) => url));
		const photos = kept ?? [...tile.parentElement.querySelectorAll("img")].map(({ src }) => src);
		this.lightbox.show(photos.filter(Boolean), photos.slice(0, index).filter(Boolean).length, words);
	}
}

function clicked(page, target) {
	if (!target) return;
	const { action, tab, room } = target.dataset;
	if (action) page.act(target);
	else if (tab) page.turnTo(tab);
	else if (target.hash === location.hash) page.follow(target.hash);
	if (!room) return;
	page.turnTo("chat");
	page.enter(room);
}

function start() {
	for (const mark of document.querySelectorAll("[data-icon]")) mark.replaceWith(icon(mark.dataset.icon));
	byId("room-members").textContent = ""; // it said what to do where this does not run
	const page = new Page();
	const pressable = "[data-action], [data-room], [data-tab], a[href^='#']";
	document.addEventListener("click", ({ target }) => clicked(page, target.closest(pressable)));
	document.addEventListener("visibilitychange", () => document.hidden || page.hurry());
	addEventListener("online", () => page.hurry());
	addEventListener("hashchange", () => page.moved(location.hash));
	followKeyboard();
	page.turnTo("chat");
	page.tickets.refresh();
	page.open(location.hash);
}

start();
