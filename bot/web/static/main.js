/** Where the page is put together. */

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { byId, icon } from "./dom.js";
import { Lightbox } from "./lightbox.js";
import { Members } from "./members.js";
import { announce, connectionLine, progress, toast } from "./notices.js";
import { Outgoing } from "./outgoing.js";
import { outgoingRow } from "./postview.js";
import { showRooms } from "./rooms.js";
import { Stream } from "./stream.js";
import { Tickets } from "./tickets.js";

const PRIVATE = "rieng-"; // before a member's id: the room of that member and the bot
const RETRY = 1500;
const TICKET = /^#([A-Z]{1,6}\d+)$/;
const POST = /^#([\w-]+)\/(\d+)$/;

const now = () => Date.now();
const failed = (error) => toast(error.message);

class Page {
	#chat;
	#rooms = [];
	#stream;
	#visit = 0;

	constructor() {
		this.line = connectionLine();
		this.lightbox = new Lightbox();
		this.members = new Members({ storage: localStorage, changed: (id) => this.#became(id) });
		this.tickets = new Tickets({ list: api.tickets, one: api.ticket, failed, now });
		this.conversation = new Conversation({ older: this.#older, now });
		this.outgoing = new Outgoing({ send: api.send, changed: this.#drawOutgoing, missing: this.#catchUp });
		this.composer = new Composer({ send: this.#send, edit: (post, text) => this.#ask(api.edit, { post: post.id, text }), say: toast });
	}

	/** Open a room: its posts, then the live line. */
	async enter(chat) {
		const visit = ++this.#visit;
		this.#stream?.close();
		const state = await this.#state(chat, visit);
		if (!state || visit !== this.#visit) return;
		this.#chat = state.chat;
		this.#roster(state);
		this.conversation.show(state);
		this.#drawOutgoing();
		const address = (after) => api.streamAddress(state.chat, after);
		this.#stream = new Stream({ address, revision: state.revision, hear: this.#hear, turn: this.#turned });
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
		};
		doing[action]();
	}

	follow(hash) {
		const [, chat, post] = POST.exec(hash) ?? [];
		if (post) return this.#source(chat, post);
		const code = TICKET.exec(hash)?.[1];
		if (!code) return this.tickets.close();
		this.turnTo("tickets");
		this.tickets.open(code);
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
		byId("title").textContent = document.title = state.title;
		this.#rooms = state.chats;
		const me = this.members.show(state.members);
		if (me !== this.conversation.me) this.conversation.setMe(me);
		this.#drawRooms(me);
	}

	/** Everybody has a room of their own with the bot; another's is not shown. */
	#drawRooms(me) {
		const own = me ? [{ id: `${PRIVATE}${me}`, title: "Công ích", role: "private" }] : [];
		showRooms([...this.#rooms, ...own], this.#chat);
	}

	#became(me) {
		this.conversation.setMe(me);
		if (this.#chat.startsWith(PRIVATE)) return this.enter(`${PRIVATE}${me}`);
		this.#drawRooms(me);
	}

	/** Asked again until the server answers or another room is wanted. */
	async #state(chat, visit) {
		while (visit === this.#visit) {
			try {
				return await api.state(chat);
			} catch (error) {
				if (error instanceof api.Refused) return failed(error);
				this.line(false);
				await new Promise((resolve) => setTimeout(resolve, RETRY));
			}
		}
	}

	#turned = async (live, again) => {
		this.line(live);
		if (!again) return;
		this.outgoing.hurry();
		this.tickets.refreshSoon();
		const state = await api.state(this.#chat).catch(failed);
		// A server that started over counts anew: what is shown is of another life.
		if (state?.revision < this.#stream.revision) await this.enter(this.#chat);
	};

	#hear = (name, data) => {
		if (name === "post") this.#take([data]).filter((post) => post.author.id !== this.conversation.me).forEach(announce);
		if (name === "tickets") this.tickets.refreshSoon();
		if (name === "progress") progress(data);
		if (name === "toast" && data.member === this.conversation.me) toast(data.text);
	};

	#take(posts) {
		const here = posts.filter((post) => post.chat === this.#chat);
		here.forEach((post) => this.outgoing.arrived(post));
		const fresh = this.conversation.merge(here);
		this.#drawOutgoing();
		if (fresh.some(({ author }) => !author.bot && !this.members.find(author.id))) this.#newcomers();
		return fresh;
	}

	async #newcomers() {
		const state = await api.state(this.#chat).catch(failed);
		if (state) this.#roster(state);
	}

	#older = async (before) => {
		const chat = this.#chat;
		const page = await api.state(chat, before).catch(failed);
		return chat === this.#chat ? page : null;
	};

	#catchUp = async (chat) => {
		const state = await api.state(chat).catch(failed);
		if (state) this.#take(state.posts);
	};

	#drawOutgoing = () => {
		byId("outgoing").replaceChildren(...this.outgoing.visible(this.#chat).map(outgoingRow));
	};

	#send = (draft) => {
		if (!this.members.me) return toast("Chưa có tên nào để chọn.");
		this.outgoing.add({ ...draft, clientId: crypto.randomUUID(), chat: this.#chat, author: this.members.me });
		this.conversation.toBottom();
	};

	async #press(button) {
		const { data, on } = button.dataset;
		button.disabled = true;
		await this.#ask(api.press, { post: on, data });
		setTimeout(() => (button.disabled = false), RETRY);
	}

	#ask(door, body) {
		return door({ client_id: crypto.randomUUID(), chat: this.#chat, member: this.members.me?.id, ...body }).catch(failed);
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
	const page = new Page();
	const pressable = "[data-action], [data-room], [data-tab], a[href^='#']";
	document.addEventListener("click", ({ target }) => clicked(page, target.closest(pressable)));
	document.addEventListener("visibilitychange", () => document.hidden || page.hurry());
	addEventListener("online", () => page.hurry());
	addEventListener("hashchange", () => page.follow(location.hash));
	addEventListener("beforeunload", (event) => page.outgoing.unsent && event.preventDefault());
	page.turnTo("chat");
	page.tickets.refresh();
	page.enter();
	if (TICKET.test(location.hash) || POST.test(location.hash)) page.follow(location.hash);
}

start();
