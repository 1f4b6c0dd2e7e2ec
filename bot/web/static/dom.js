/** Elements without a framework: data only ever becomes text or attributes, never markup. */

export const byId = (id) => document.getElementById(id);

/** `el("p.name", {…}, children…)`; properties with a dash become attributes, undefined ones are left out. */
export function el(name, properties = {}, ...children) {
	const [tag, ...classes] = name.split(".");
	const element = document.createElement(tag);
	element.classList.add(...classes.filter(Boolean));
	if (tag === "button") element.type = "button";
	for (const [key, value] of Object.entries(properties)) {
		if (value === undefined) continue;
		if (key.includes("-")) element.setAttribute(key, value);
		else element[key] = value;
	}
	element.append(...children.flat().filter((child) => child || child === 0));
	return element;
}

export function icon(name) {
	const drawing = byId("icon").content.firstElementChild.cloneNode(true);
	drawing.firstElementChild.setAttribute("href", `#i-${name}`);
	return drawing;
}
