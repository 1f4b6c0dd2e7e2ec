/**
 * What this browser keeps between visits, in IndexedDB: posts on their way, each member's own, until the server
 * has answered; and what was last seen of the rooms, so that the page can open without a network.
 */

const NAME = "congich";
const WHO = "who";
const SLOW = 3000; // some browsers never say that a store can't be opened

const done = (request) =>
	new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});

const room = (chat) => `room:${chat}`;

/** What keeps nothing: at a kiosk, where nobody signs in, where the browser has no place. */
export const nothing = {
	outgoing: async () => [],
	put: async () => false,
	remove: async () => {},
	who: async () => undefined,
	remember: async () => {},
	recall: async () => undefined,
	forgetSeen: async () => {},
	forgetAll: async () => {},
};

/** Opens the store; `nothing` where the browser refuses, or does not answer. */
export async function open() {
	try {
		const request = indexedDB.open(NAME, 1);
		request.onupgradeneeded = () => {
			request.result.createObjectStore("outgoing", { keyPath: "order", autoIncrement: true });
			request.result.createObjectStore("seen");
		};
		const late = new Promise((resolve, reject) => setTimeout(reject, SLOW));
		return new Kept(await Promise.race([done(request), late]));
	} catch {
		return nothing;
	}
}

class Kept {
	constructor(database) {
		this.database = database;
		database.onversionchange = () => database.close();
	}

	/** A member's posts on their way, the oldest first. */
	async outgoing(member) {
		const all = await done(this.database.transaction("outgoing").objectStore("outgoing").getAll());
		return all.filter((item) => item.author.id === member);
	}

	/** Write a post down, or what became of it; true once it is on disk. */
	async put(item) {
		const { order, clientId, chat, author, text, replyTo, files, state, words, prepared } = item;
		const record = { clientId, chat, author, text, replyTo, files, state, words, prepared };
		try {
			await this.#write("outgoing", async (store) => {
				item.order = await done(store.put(order === undefined ? record : { ...record, order }));
			});
			return true;
		} catch {
			return false; // the disk is full, or the browser keeps nothing for us
		}
	}

	async remove({ order }) {
		if (order !== undefined) await this.#write("outgoing", (store) => store.delete(order)).catch(() => {});
	}

	/** The state of a room that was seen last, with whose it was. */
	who() {
		return this.#seen(WHO);
	}

	async remember(state) {
		const before = await this.who();
		if (before && before.me.id !== state.me.id) await this.forgetSeen();
		const write = (store) => [store.put(state, room(state.chat)), store.put({ ...state, posts: [], more: false }, WHO)];
		await this.#write("seen", write).catch(() => {});
	}

	recall(chat) {
		return this.#seen(room(chat));
	}

	async forgetSeen() {
		await this.#write("seen", (store) => store.clear()).catch(() => {});
	}

	async forgetAll() {
		await this.forgetSeen();
		await this.#write("outgoing", (store) => store.clear()).catch(() => {});
	}

	async #seen(key) {
		try {
			return await done(this.database.transaction("seen").objectStore("seen").get(key));
		} catch {
			return undefined; // signing out cleared everything away
		}
	}

	/** Resolves when it is on disk, not before. */
	async #write(name, change) {
		const transaction = this.database.transaction(name, "readwrite", { durability: "strict" });
		await new Promise((resolve, reject) => {
			transaction.oncomplete = () => resolve();
			transaction.onerror = transaction.onabort = () => reject(transaction.error);
			Promise.resolve(change(transaction.objectStore(name))).catch(reject);
		});
	}
}
