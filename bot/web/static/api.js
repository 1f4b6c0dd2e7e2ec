/** The server's doors. Raise Refused (with the server's sentence) or, where a repeat can help, Unreachable. */

export class Refused extends Error {}
export class Unreachable extends Error {}

async function ask(path, options) {
	const response = await fetch(path, options).catch(() => null);
	const answer = await response?.json().catch(() => null);
	if (answer && response.ok) return answer;
	const status = response?.status ?? 0;
	const final = status >= 400 && status < 500 && status !== 408 && status !== 429;
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

export function send({ clientId, chat, author, text, replyTo, files }) {
	const body = new FormData();
	const fields = { client_id: clientId, chat, member: author.id, text, reply_to: replyTo?.id ?? "" };
	for (const [name, value] of Object.entries(fields)) body.append(name, value);
	for (const file of files) body.append("photo", file);
	return ask("/api/posts", { method: "POST", body });
}
