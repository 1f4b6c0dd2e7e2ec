/** iPhones lay the keyboard over the page instead of making it smaller: the page takes what can be seen. */

const KEYBOARD = 120; // pixels; less is a browser's own bar
const LOW = 440; // pixels; what a keyboard leaves of a phone's page

export function followKeyboard() {
	const seen = window.visualViewport;
	if (!seen) return;
	const fit = () => {
		const covered = seen.scale === 1 && innerHeight - seen.height > KEYBOARD;
		document.body.style.height = covered ? `${seen.height}px` : "";
		document.body.classList.toggle("low", seen.height * seen.scale < LOW);
		if (covered) scrollTo(0, 0);
	};
	fit();
	seen.addEventListener("resize", fit);
	seen.addEventListener("scroll", fit);
}
