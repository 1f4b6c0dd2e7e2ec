/** On a touch screen: a long press on a post shows what can be done with it. */

const LONG = 450;
const SLIP = 10;

export function gestures(area) {
  let timer = 0;
  let from = null;
  const stop = () => clearTimeout(timer);
  const calm = () => area.querySelectorAll(".acting").forEach((post) => post.classList.remove("acting"));

  area.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch") return;
    stop();
    if (!event.target.closest(".actions")) calm();
    const post = event.target.closest("article[data-post]");
    from = event;
    if (post) timer = setTimeout(() => post.classList.add("acting"), LONG);
  });
  area.addEventListener("pointermove", (event) => {
    if (from && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > SLIP) stop();
  });
  for (const name of ["pointerup", "pointercancel"]) area.addEventListener(name, stop);
  area.addEventListener("contextmenu", (event) => event.target.closest(".acting") && event.preventDefault());
  area.addEventListener("click", (event) => event.target.closest(".actions button") && calm());
}
