/** Words that were begun, kept in this tab until they are sent: through a reload, and until one is signed in again. */

const PREFIX = "draft:";

/** What keeps nothing: at a kiosk, where the next person sits down in the same tab. */
export const none = { read: () => "", write: () => {} };

/** A member's, of each room. */
export class Drafts {
	constructor(member) {
		this.prefix = `${PREFIX}${member}:`;
	}

	read(room) {
		return tried((storage) => storage.getItem(this.prefix + room)) ?? "";
	}

	write(room, text) {
		tried((storage) => (text ? storage.setItem(this.prefix + room, text) : storage.removeItem(this.prefix + room)));
	}
}

/** Whoever signs out leaves nothing here. */
export function forgetDrafts() {
	tried((storage) => {
		for (const name of Object.keys(storage)) if (name.startsWith(PREFIX)) storage.removeItem(name);
	});
}

/** A browser may have no place for us, or a full one. */
function tried(action) {
	try {
		return action(sessionStorage);
	} catch {
		return undefined;
	}
}
