// Keeps the page as it would be if it were loaded now. Without this the page works, and says that it must be reloaded.
(() => {
  const note = document.getElementById("live-note");
  const body = document.body;
  let shown = body.dataset.change;
  let busy = false;
  let again = false;

  const clock = () => new Date().toLocaleTimeString("en-GB");

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        const answer = await fetch(location.pathname + location.search, { headers: { accept: "text/html" } });
        if (!answer.ok) continue;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        swap(fresh);
        document.title = fresh.title;
        shown = fresh.body.dataset.change;
        note.textContent = `Live. Last change shown at ${clock()}.`;
      } while (again);
    } catch {
      note.textContent = "The connection was lost; trying again.";
    } finally {
      busy = false;
    }
  }

  // A form that somebody fills in stays as it is; opened details stay open; the focus stays where it was.
  function swap(fresh) {
    const main = document.getElementById("main");
    const next = fresh.getElementById("main");
    const key = (each) => each.closest("[id]")?.id + "|" + each.querySelector("summary")?.textContent;
    const open = new Map([...main.querySelectorAll("details")].map((each) => [key(each), each.open]));
    next.querySelectorAll("details").forEach((each) => { if (open.has(key(each))) each.open = open.get(key(each)); });
    const form = main.querySelector("form");
    const place = next.querySelector("form");
    const focused = document.activeElement;
    const within = main.contains(focused) ? focused.closest("[id]") : null;
    const controls = "a, button, summary, input, select, textarea, [tabindex]";
    const index = within ? [...within.querySelectorAll(controls)].indexOf(focused) : -1;
    if (form && place) place.replaceWith(form);
    main.replaceChildren(...next.childNodes);
    if (form?.contains(focused)) focused.focus({ preventScroll: true });
    else if (within) document.getElementById(within.id)?.querySelectorAll(controls)[index]?.focus({ preventScroll: true });
  }

  const changes = new EventSource(`${body.dataset.changes}?since=${shown}`);
  changes.addEventListener("open", () => { note.textContent = `Live. Checked at ${clock()}.`; });
  changes.addEventListener("changed", (event) => { if (event.data !== shown) refresh(); });
  changes.addEventListener("error", () => { note.textContent = "The connection was lost; trying again."; });
})();
