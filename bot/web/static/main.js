/** Where the page is put together. */

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { byId } from "./dom.js";
import { gestures } from "./gestures.js";
import { Lightbox } from "./lightbox.js";
import { Members } from "./members.js";
import { announce, connectionLine, progress, toast } from "./notices.js";
import { Outgoing } from "./outgoing.js";
import { outgoingRow } from "./postview.js";
import { showRooms } from "./rooms.js";
import { Stream } from "./stream.js";
import { Tickets } from "./tickets.js";

const RETRY = 1500;
const TICKET = /^#([A-Z]{1,4}\d+)$/;

class Page {
  #chat = null;
  #stream = null;
  #visit = 0;

  constructor() {
    const now = () => Date.now();
    const failed = (error) => toast(error.message);
    this.line = connectionLine();
    this.lightbox = new Lightbox();
    this.members = new Members({ storage: localStorage, changed: (id) => this.#become(id) });
    this.tickets = new Tickets({ list: api.tickets, one: api.ticket, failed, now });
    this.conversation = new Conversation({ older: (before) => this.#older(before), now });
    this.outgoing = new Outgoing({ send: api.send, changed: () => this.#drawOutgoing(), missing: (chat) => this.#catchUp(chat) });
    this.composer = new Composer({ send: (draft) => this.#send(draft), edit: (post, text) => this.#edit(post, text), say: toast });
  }

  /** Open a room: its posts, then the live line from there on. */
  async enter(chat) {
    const visit = ++this.#visit;
    this.#stream?.close();
    const state = await this.#state(chat, visit);
    if (!state) return;
    this.#chat = state.chat;
    this.#roster(state);
    this.conversation.show(state);
    this.#drawOutgoing();
    this.#listen(state.revision);
  }

  /** Do what a pressed element says; see postview.js and ticketview.js for who says what. */
  act(element) {
    const { action, to, chat } = element.dataset;
    const post = this.conversation.get(element.closest("article")?.dataset.post);
    const doing = {
      reply: () => this.composer.reply(post),
      edit: () => this.composer.correct(post),
      copy: () => navigator.clipboard?.writeText(post.text).then(() => toast("Đã chép."), () => toast("Chưa chép được.")),
      react: () => this.#react(post, element.dataset.emoji),
      press: () => this.#press(element),
      jump: () => this.#jump(to),
      photo: () => this.#enlargePost(element),
      enlarge: () => this.#enlargeTicket(element),
      source: () => this.#source(chat, to),
      resend: () => this.outgoing.resend(element.closest("article").dataset.client),
      drop: () => this.outgoing.drop(element.closest("article").dataset.client),
    };
    doing[action]?.();
  }

  /** Show the ticket the address names, or the list. */
  follow(hash) {
    const code = TICKET.exec(hash)?.[1];
    if (!code) return this.tickets.close();
    this.turnTo("tickets");
    this.tickets.open(code);
  }

  /** Which column a phone shows. */
  turnTo(view) {
    document.body.dataset.view = view;
    for (const tab of document.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === view) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }

  hurry() {
    this.#stream?.hurry();
    this.outgoing.hurry();
  }

  #become(id) {
    this.conversation.setMe(id);
    this.conversation.toBottom();
  }

  #roster(state) {
    byId("title").textContent = document.title = state.title;
    showRooms(state.chats, state.chat);
    const me = this.members.show(state.members);
    if (this.conversation.me !== me) this.conversation.setMe(me);
  }

  /** The room's state, asked again until the server answers or another room is wanted. */
  async #state(chat, visit) {
    while (visit === this.#visit) {
      try {
        const state = await api.state(chat);
        return visit === this.#visit ? state : null;
      } catch (error) {
        if (error instanceof api.Refused) return toast(error.message);
        this.line(false);
        await new Promise((resolve) => setTimeout(resolve, RETRY));
      }
    }
    return null;
  }

  #listen(revision) {
    this.#stream = new Stream({
      address: (after) => api.streamAddress(this.#chat, after),
      revision,
      hear: (name, data) => this.#hear(name, data),
      turn: (live, again) => this.#turned(live, again),
    });
  }

  #turned(live, again) {
    this.line(live);
    if (!again) return;
    this.hurry();
    this.tickets.refreshSoon();
    this.#sameServer();
  }

  /** A server that starts over counts its revisions anew: then what is shown is of another life. */
  async #sameServer() {
    const state = await api.state(this.#chat).catch(() => null);
    if (state && state.revision < this.#stream.revision) await this.enter(this.#chat);
    else if (state) this.#roster(state);
  }

  #hear(name, data) {
    if (name === "post") this.#take([data], true);
    if (name === "tickets") this.tickets.refreshSoon();
    if (name === "progress") progress(data);
    if (name === "toast" && String(data.member) === String(this.members.me?.id)) toast(data.text);
  }

  #take(posts, aloud) {
    const here = posts.filter((post) => String(post.chat) === String(this.#chat));
    here.forEach((post) => this.outgoing.arrived(post));
    const fresh = this.conversation.merge(here);
    this.#drawOutgoing();
    if (aloud) fresh.filter((post) => String(post.author.id) !== String(this.members.me?.id)).forEach(announce);
    if (fresh.some((post) => !post.author.bot && !this.members.has(post.author.id))) this.#newcomers();
  }

  async #newcomers() {
    const state = await api.state(this.#chat).catch(() => null);
    if (state) this.members.show(state.members);
  }

  async #older(before) {
    const chat = this.#chat;
    const page = await api.state(chat, before).catch(() => null);
    return chat === this.#chat ? page : null;
  }

  async #catchUp(chat) {
    const state = await api.state(chat).catch(() => null);
    if (state) this.#take(state.posts, false);
  }

  #drawOutgoing() {
    byId("outgoing").replaceChildren(...this.outgoing.visible(this.#chat).map(outgoingRow));
  }

  #send({ text, files, replyTo }) {
    const author = this.members.me;
    if (!author) return toast("Anh/chị chọn tên ở ô “Tôi là” trước khi gửi.");
    this.outgoing.add({ clientId: crypto.randomUUID(), chat: this.#chat, author, text, files, replyTo });
    this.conversation.toBottom();
  }

  async #edit(post, text) {
    await this.#try(() => api.edit({ ...this.#asMe(), post: post.id, text }));
  }

  #react(post, emoji) {
    this.#try(() => api.react({ ...this.#asMe(), post: post.id, emoji }));
  }

  async #press(button) {
    button.disabled = true;
    const { data, on } = button.dataset;
    await this.#try(() => api.press({ ...this.#asMe(), post: this.conversation.get(on).id, data }));
    setTimeout(() => (button.disabled = false), RETRY);
  }

  #asMe() {
    return { client_id: crypto.randomUUID(), chat: this.#chat, member: this.members.me?.id };
  }

  async #try(effect) {
    try {
      await effect();
    } catch (error) {
      toast(error.message);
    }
  }

  async #jump(id) {
    if (!(await this.conversation.jump(id))) toast("Không tìm thấy tin gốc.");
  }

  async #source(chat, id) {
    this.turnTo("chat");
    if (String(chat) !== String(this.#chat)) await this.enter(chat);
    await this.#jump(id);
  }

  #enlargePost(tile) {
    const posts = this.conversation.groupOf(tile.closest("article").dataset.post);
    const photos = posts.flatMap((post) => post.photos).filter((photo) => photo.url);
    const all = posts.flatMap((post) => post.photos);
    const index = photos.indexOf(all[Number(tile.dataset.index)]);
    this.lightbox.show(photos.map((photo) => photo.url), index, posts[0].author.name);
  }

  #enlargeTicket(tile) {
    const photos = [...tile.parentElement.querySelectorAll("img")].map((image) => image.src);
    this.lightbox.show(photos, Number(tile.dataset.index), tile.dataset.title);
  }
}

function start() {
  const page = new Page();
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-action], [data-room], [data-tab], a[href^='#']");
    if (!target) return;
    if (target.dataset.action) page.act(target);
    else if (target.dataset.tab) page.turnTo(target.dataset.tab);
    else if (target.dataset.room) {
      page.turnTo("chat");
      page.enter(target.dataset.room);
    } else if (target.hash === location.hash) page.follow(target.hash);
  });
  addEventListener("hashchange", () => page.follow(location.hash));
  addEventListener("online", () => page.hurry());
  document.addEventListener("visibilitychange", () => document.hidden || page.hurry());
  addEventListener("beforeunload", (event) => page.outgoing.unsent && event.preventDefault());
  gestures(byId("conversation"));
  page.turnTo("chat");
  page.tickets.refresh();
  page.enter();
  if (TICKET.test(location.hash)) page.follow(location.hash);
}

start();
