/** The service worker, by which the page opens without a network: an extra, where the browser allows it (https). */

/** Have it, or (at a kiosk, after signing out) not. */
export async function install(wanted) {
	if (!("serviceWorker" in navigator)) return;
	if (wanted) return navigator.serviceWorker.register("/sw.js").catch(() => {});
	const registered = await navigator.serviceWorker.getRegistrations().catch(() => []);
	await Promise.all(registered.map((one) => one.unregister()));
	for (const name of await caches.keys()) await caches.delete(name);
}
