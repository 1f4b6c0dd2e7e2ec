/**
 * The server's doors. Raise Refused (with the server's sentence) or, where a repeat can help, Unreachable.
 *
 * Where nobody is signed in any more, the window hears "signedout"; what was asked may still succeed later.
 */

export class Refused extends Error {}
export class Unreachable extends Error {}

const STALLED = 40_000; // an upload that does not move for so long is dead

async function ask(path, options) {
	const response = await fetch(path, options).catch(() => null);
	return judged(response?.status ?? 0, await response?.json().catch(() => null));
}

/** What an answer means: its data, or what is raised. */
function judged(status, answer) {
	if (answer && status >= 200 && status < 300) return answer;
	if (status === 401) dispatchEvent(new Event("signedout"));
	const final = status >= 400 && status < 500 && ![401, 408, 429].includes(status);
	const words = status ? `Máy chủ không nhận (${status}).` : "Chưa nối được với máy chủ.";
	throw new (final ? Refused : Unreachable)(answer?.error ?? words);
}

const post = (path, body) => ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined));

export const state = (chat, before) => ask(`/api/state?${query({ chat, before })}`);
export const tickets = (status) => ask(`/api/tickets?${query({ status, limit: 100 })}`);
export const ticket = (code) => ask(`/api/tickets/${code}`);
export const edit = ({ post: id, ...body }) => post(`/api/posts/${id}/edit`, body);
export const press = (body) => post("/api/press", body);
export const react = (body) => post("/api/react", body);
export const streamAddress = (chat, after) => `/api/stream?${query({ chat, after })}`;

/** Whether one may still be in a room; `atWork`: somebody is at the page. */
export const here = (chat, atWork = false) => ask(`/api/here?${query({ chat })}`, { method: atWork ? "POST" : "GET" });

/** Where signing out leads, or null while the server can't be reached. */
export async function signOut() {
	const response = await fetch("/sign-out", { method: "POST" }).catch(() => null);
	if (!response?.ok) return null;
	return response.redirected ? response.url : "/";
}

/** `moved(part)` hears how much of it has left, from 0 to 1. */
export async function send({ clientId, chat, author, text, replyTo, files }, moved = () => {}) {
	const body = new FormData();
	const fields = { client_id: clientId, chat, member: author.id, as: author.id, text, reply_to: replyTo?.id ?? "" };
	for (const [name, value] of Object.entries(fields)) body.append(name, value);
	for (const file of files) body.append("photo", file);
	const { status, answer } = await uploaded("/api/posts", body, moved);
	return judged(status, answer);
}

/** By XMLHttpRequest, because fetch does not tell how far it is; status 0 where no answer came. */
function uploaded(path, body, moved) {
	return new Promise((resolve) => {
		const request = new XMLHttpRequest();
		let watch;
		const alive = () => {
			clearTimeout(watch);
			watch = setTimeout(() => request.abort(), STALLED);
		};
		request.upload.onprogress = ({ loaded, total }) => {
			alive();
			moved(total ? loaded / total : 0);
		};
		request.onloadend = () => {
			clearTimeout(watch);
			resolve({ status: request.status, answer: parsed(request.responseText) });
		};
		request.open("POST", path);
		request.send(body);
		alive();
	});
}

function parsed(text) {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
