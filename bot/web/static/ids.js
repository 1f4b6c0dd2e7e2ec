/** Names for what is sent; plain http has no secure context, and so no crypto.randomUUID. */

export function newId() {
	if (crypto.randomUUID) return crypto.randomUUID();
	return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
