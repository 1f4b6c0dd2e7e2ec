/**
 * The service worker: the page opens without a network, and is the newest one with it.
 *
 * It has the page's own parts and nothing else. What people wrote is the page's to keep (kept.js), and every other
 * path goes to the server as if this were not here.
 */

const CACHE = "congich-page";
const PATIENCE = 4000;
const PAGE = "/";
const PARTS = [
	"/static/api.js", "/static/chat.css", "/static/composer.js", "/static/conversation.js", "/static/dates.js", "/static/dom.js",
	"/static/icon-192.png", "/static/icon.svg", "/static/ids.js", "/static/kept.js", "/static/keyboard.js", "/static/kiosk.js",
	"/static/lightbox.js", "/static/main.js", "/static/members.js", "/static/notices.js", "/static/outgoing.js", "/static/photos.js",
	"/static/postview.js", "/static/rooms.js", "/static/session.js", "/static/stream.js", "/static/tickets.js", "/static/ticketview.js",
	"/static/timeline.js", "/static/words.js", "/static/worker.js",
];

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
	const { origin, pathname } = new URL(event.request.url);
	const isOurs = event.request.mode === "navigate" ? pathname === PAGE : PARTS.includes(pathname);
	if (isOurs && origin === location.origin && event.request.method === "GET") event.respondWith(answer(event.request, pathname));
});

async function keepAll() {
	const cache = await caches.open(CACHE);
	await cache.addAll([PAGE, ...PARTS]);
}

/** The server's answer; the kept one where none comes, or none soon. */
async function answer(request, path) {
	const asked = fetch(request).then((response) => keep(path, response));
	const kept = await caches.match(path, { cacheName: CACHE });
	if (!kept) return asked;
	const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE));
	return Promise.race([asked.catch(() => kept), late]);
}

/** A page of somebody who is signed in is kept; one that leads elsewhere is not. */
function keep(path, response) {
	if (!response.ok || response.redirected || response.type !== "basic") return response;
	const copy = response.clone();
	caches.open(CACHE).then((cache) => cache.put(path, copy)).catch(() => {}); // a full storage keeps the one before
	return response;
}
