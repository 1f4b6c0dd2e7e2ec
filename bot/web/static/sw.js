/**
 * The service worker: the page opens without a network, and is the newest one with it.
 *
 * It has the page's own parts and nothing else, all of one release: where the server's page is of another one, all of
 * its parts are the server's too. What people wrote is the page's to keep (kept.js), and every other path goes to the
 * server as if this were not here.
 */

const RELEASE = "RELEASE"; // the server writes here which one this is
const PAGES = "congich-page";
const CACHE = `${PAGES}-${RELEASE}`;
const PATIENCE = 4000;
const PAGE = "/";
const PARTS = [
	"/static/api.js", "/static/chat.css", "/static/composer.js", "/static/conversation.js", "/static/dates.js", "/static/dom.js",
	"/static/drafts.js", "/static/icon-192.png", "/static/icon.svg", "/static/ids.js", "/static/kept.js", "/static/keyboard.js", "/static/kiosk.js",
	"/static/lightbox.js", "/static/main.js", "/static/members.js", "/static/notices.js", "/static/outgoing.js", "/static/photos.js",
	"/static/postview.js", "/static/rooms.js", "/static/session.js", "/static/stream.js", "/static/tickets.js", "/static/ticketview.js",
	"/static/timeline.js", "/static/words.js", "/static/worker.js",
];

const others = new Set(); // clients with a page of another release

self.addEventListener("install", (event) => event.waitUntil(keepAll()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
	const { request, clientId, resultingClientId } = event;
	const { origin, pathname } = new URL(request.url);
	if (origin !== location.origin || request.method !== "GET") return;
	if (request.mode !== "navigate") {
		if (PARTS.includes(pathname) && !others.has(clientId)) event.respondWith(part(request, pathname));
	} else if (pathname === PAGE) event.respondWith(page(request, resultingClientId));
});

async function keepAll() {
	const cache = await caches.open(CACHE);
	await cache.addAll([PAGE, ...PARTS].map((path) => new Request(path, { cache: "no-cache" })));
}

/** This one is at work only when no page of another release is open any more. */
async function forgetOthers() {
	const names = await caches.keys();
	await Promise.all(names.filter((name) => name.startsWith(PAGES) && name !== CACHE).map((name) => caches.delete(name)));
}

async function part(request, path) {
	return (await caches.match(path, { cacheName: CACHE })) ?? fetch(request);
}

/** The server's page, of whichever release; the kept one where none comes, or none soon. */
async function page(request, client) {
	const kept = await caches.match(PAGE, { cacheName: CACHE });
	const asked = fetch(request).then((response) => ({ response, isOther: response.headers.get("Congich-Release") !== RELEASE }));
	if (!kept) return (await asked).response;
	const instead = { response: kept, isOther: false };
	const late = new Promise((resolve) => setTimeout(() => resolve(instead), PATIENCE));
	const { response, isOther } = await Promise.race([asked.catch(() => instead), late]);
	if (isOther) others.add(client);
	return response;
}
