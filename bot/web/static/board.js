/**
 * The board lives: when something changed, the page asks for itself again and takes over what is new.
 * Without this file, and without a stream, it is the same page as it was when it was opened.
 */

const JITTER = 1500; // milliseconds, so that not all pages ask at once
const RETRY = 60_000; // after a stream that the server refused

const shown = () => [...document.querySelectorAll("[data-live]")];

/** What had the focus, so that it has it again in what took its place: the same link, or what stands where it stood. */
function focused(region) {
	const active = document.activeElement;
	if (!region.contains(active)) return () => {};
	const href = active.getAttribute("href");
	const alike = () => [...region.querySelectorAll(active.localName)];
	const at = alike().indexOf(active);
	return () => (href ? alike().find((one) => one.getAttribute("href") === href) : alike()[at])?.focus();
}

/** What a reader has unfolded stays so. */
function unfold(next, region) {
	const open = [...region.querySelectorAll("details")].map((one) => one.open);
	next.querySelectorAll("details").forEach((one, at) => (one.open = open[at] ?? one.open));
}

async function renew() {
	const answer = await fetch(location.href, { cache: "no-cache" });
	if (!answer.ok) return;
	const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
	let changed = false;
	for (const region of shown()) {
		const next = fresh.querySelector(`[data-live="${region.dataset.live}"]`);
		if (!next) continue;
		unfold(next, region);
		if (next.isEqualNode(region)) continue;
		const refocus = focused(region);
		region.replaceChildren(...next.childNodes);
		refocus();
		changed = true;
	}
	if (changed) announce();
}

function announce() {
	const said = document.getElementById("said");
	said.textContent = "";
	setTimeout(() => (said.textContent = said.dataset.words), 100);
}

let due;
function soon() {
	due ??= setTimeout(() => {
		due = undefined;
		if (!document.hidden) renew().catch(() => {});
		else document.addEventListener("visibilitychange", soon, { once: true });
	}, Math.random() * JITTER);
}

function listen() {
	const stream = new EventSource("/board/stream");
	stream.addEventListener("changed", soon);
	stream.onerror = () => {
		if (stream.readyState === EventSource.CLOSED) setTimeout(listen, RETRY);
	};
}

if (shown().length) listen();
