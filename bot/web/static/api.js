/**
 * The server's doors.
 *
 * Raises Refused when asking again cannot help (its message is the server's own sentence),
 * Unreachable when it can.
 */

export class Refused extends Error {}
export class Unreachable extends Error {}

const LATER = new Set([408, 425, 429]);

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (cause) {
    throw new Unreachable("Chưa nối được với máy chủ.", { cause });
  }
  const answer = await read(response);
  if (response.ok) return answer;
  const words = answer?.error ?? `Máy chủ không nhận (${response.status}).`;
  throw response.status >= 500 || LATER.has(response.status) ? new Unreachable(words) : new Refused(words);
}

/** A body cut off half-way is no answer; one that is not JSON is simply empty. */
async function read(response) {
  const body = await response.text().catch((cause) => {
    throw new Unreachable("Mất kết nối giữa chừng.", { cause });
  });
  try {
    return body ? JSON.parse(body) : null;
  } catch {
    return null;
  }
}

const json = (body) => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

function query(values) {
  const known = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(known).toString();
}

function postForm(draft) {
  const form = new FormData();
  form.append("client_id", draft.clientId);
  form.append("chat", draft.chat);
  form.append("member", draft.author.id);
  form.append("text", draft.text);
  if (draft.replyTo) form.append("reply_to", draft.replyTo.id);
  for (const file of draft.files) form.append("photo", file, file.name);
  return form;
}

export const state = (chat, before) => ask(`/api/state?${query({ chat, before })}`);
export const tickets = (status) => ask(`/api/tickets?${query({ status, limit: 100 })}`);
export const ticket = (code) => ask(`/api/tickets/${encodeURIComponent(code)}`);
export const send = (draft) => ask("/api/posts", { method: "POST", body: postForm(draft) });
export const edit = ({ post, ...body }) => ask(`/api/posts/${encodeURIComponent(post)}/edit`, json(body));
export const press = (body) => ask("/api/press", json(body));
export const react = (body) => ask("/api/react", json(body));
export const streamAddress = (chat, after) => `/api/stream?${query({ chat, after })}`;
