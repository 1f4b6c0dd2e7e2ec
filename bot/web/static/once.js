/**
 * A form that was sent is not sent again by a second tap. Whether it left, no page hears: after a while it may be
 * sent once more, and the server, which knows it by its id, does it once.
 */

const AGAIN_AFTER = 5000; // ms

const sent = new Map(); // forms, and when

document.addEventListener("submit", (event) => {
	if (Date.now() - (sent.get(event.target) ?? -AGAIN_AFTER) < AGAIN_AFTER) event.preventDefault();
	else sent.set(event.target, Date.now());
});
addEventListener("pageshow", () => sent.clear());
