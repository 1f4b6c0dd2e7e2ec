/** Photos made smaller before they leave: a phone's camera makes more of them than a pothole needs. */

const LONGEST = 2048;
const QUALITY = 0.85;
const HEIC = /hei[cf]/i;

export const isPhoto = (file) => file.type.startsWith("image/") || isHeic(file);

/** What iPhones take; browsers other than theirs mostly can't read it, and the server can't either. */
export const isHeic = ({ type, name }) => HEIC.test(type) || HEIC.test(name?.split(".").pop() ?? "");

export async function isReadable(file) {
	const image = await decoded(file);
	image?.close();
	return Boolean(image);
}

/** The photo as it is sent: upright, its longest side 2048 pixels, or as it was where that is less or can't be. */
export async function smaller(file) {
	const image = await decoded(file);
	if (!image) return file;
	const made = await drawn(image).catch(() => null);
	image.close();
	if (!made || made.size >= file.size) return file;
	return new File([made], `${file.name?.replace(/\.\w+$/, "") || "photo"}.jpg`, { type: "image/jpeg" });
}

const decoded = (file) => createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);

function drawn(image) {
	const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
	const canvas = document.createElement("canvas");
	canvas.width = Math.max(1, Math.round(image.width * scale));
	canvas.height = Math.max(1, Math.round(image.height * scale));
	const context = canvas.getContext("2d");
	context.imageSmoothingQuality = "high";
	context.fillStyle = "#fff"; // JPEG knows nothing of see-through
	context.fillRect(0, 0, canvas.width, canvas.height);
	context.drawImage(image, 0, 0, canvas.width, canvas.height);
	return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}
