// Comfort for the moderators' room; everything works without it.

import "./once.js";

const LOOK_EVERY = 20_000; // ms between two looks for news
const KEYS_OFF = "congich.keys-off"; // kept in this browser
const LOOKED_AT = 30 * 60_000; // ms without a touch, after which nobody is thought to look

const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

function showAnswer() {
	const answer = one("#answer");
	answer?.focus();
	const address = new URL(location.href);
	if (answer?.querySelector("form") || !address.searchParams.has("said")) return;
	address.searchParams.delete("said"); // it is shown once
	history.replaceState(null, "", address);
}

function countChosen() {
	const boxes = all("[data-item] input[type=checkbox]");
	const chosen = boxes.filter((box) => box.checked).length;
	one("#bulk")?.classList.toggle("ready", chosen > 0);
	const told = one("#chosen");
	if (told) told.textContent = chosen ? `(${chosen})` : "";
	const whole = one("#all");
	if (whole) {
		whole.checked = chosen > 0 && chosen === boxes.length;
		whole.indeterminate = chosen > 0 && chosen < boxes.length;
	}
}

function chooseAll() {
	const whole = one("#all");
	if (!whole) return;
	for (const label of all(".all")) label.hidden = false;
	whole.addEventListener("change", () => {
		for (const box of all("[data-item] input[type=checkbox]")) box.checked = whole.checked;
		countChosen();
	});
	document.addEventListener("change", countChosen);
	countChosen();
}

/** Only the fields that the chosen action takes. */
function fieldsFor() {
	const action = one(".bulk select[name=do]");
	if (!action) return;
	const show = () => {
		for (const field of all(".bulk [data-for]")) field.hidden = field.dataset.for !== action.value;
	};
	action.addEventListener("change", show);
	show();
}

/** On a phone what is not asked for is folded away; room.css shows it folded before this is here, so nothing moves. */
function foldFilters() {
	const unasked = one(".filters.unasked");
	if (unasked && matchMedia("(max-width: 760px)").matches) unasked.open = false;
	unasked?.classList.remove("unasked");
}

function step(by) {
	const items = all("[data-item]");
	const at = items.findIndex((item) => item === document.activeElement || item.contains(document.activeElement));
	items[Math.min(Math.max(at + by, 0), items.length - 1)]?.focus();
}

const KEYS = {
	j: () => step(1),
	k: () => step(-1),
	x: () => document.activeElement?.closest("[data-item]")?.querySelector("input[type=checkbox]")?.click(),
	o: () => document.activeElement?.closest("[data-item]")?.querySelector("a[href^='/room/tickets/']")?.click(),
	"/": () => one("input[type=search]")?.focus(),
};

/** Keys can be switched off: whoever speaks to the machine, or has an unsteady hand, presses some unmeant. */
function keys() {
	const choice = one("#keys-on");
	if (choice) {
		choice.closest("p").hidden = false;
		choice.checked = !localStorage.getItem(KEYS_OFF);
		choice.addEventListener("change", () => (choice.checked ? localStorage.removeItem(KEYS_OFF) : localStorage.setItem(KEYS_OFF, "1")));
	}
	document.addEventListener("keydown", (event) => {
		const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
		if (localStorage.getItem(KEYS_OFF) || typing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
		event.preventDefault();
		KEYS[event.key]();
	});
}

/** Tells when the page is out of date, while somebody looks at it. */
function watch() {
	const bar = one("#stale[data-pulse]");
	if (!bar) return;
	let touched = Date.now();
	for (const name of ["pointerdown", "keydown", "scroll"]) {
		addEventListener(name, () => (touched = Date.now()), { passive: true });
	}
	setInterval(async () => {
		if (document.hidden || !bar.hidden || Date.now() - touched > LOOKED_AT) return;
		const answer = await fetch("/room/pulse").catch(() => null);
		if (answer?.ok) bar.hidden = (await answer.json()).pulse === bar.dataset.pulse;
	}, LOOK_EVERY);
}

showAnswer();
chooseAll();
fieldsFor();
foldFilters();
keys();
watch();
