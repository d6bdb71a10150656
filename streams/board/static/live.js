// Keeps the page as it would be if it were loaded now. Without this the page works, and says that it must be reloaded.
(() => {
  const note = document.getElementById("live-note");
  const body = document.body;
  let tag = null;
  let busy = false;
  let again = false;

  const OVER = "This page is not live any more: you may be signed out. Reload it.";
  const clock = () => new Date().toLocaleTimeString("en-GB");

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        const headers = { accept: "text/html", ...(tag && { "if-none-match": tag }) };
        const answer = await fetch(location.pathname + location.search, { headers, cache: "no-store" });
        if (answer.status === 401) { note.textContent = OVER; changes.close(); return; }
        if (!answer.ok) continue; // 304 as well: what is shown is as it would be now
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        swap(fresh);
        document.title = fresh.title;
        tag = answer.headers.get("etag");
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
    const forms = [...main.querySelectorAll("form[id]")];
    const focused = document.activeElement;
    const within = main.contains(focused) ? focused.closest("[id]") : null;
    const controls = "a, button, summary, input, select, textarea, [tabindex]";
    const index = within ? [...within.querySelectorAll(controls)].indexOf(focused) : -1;
    for (const form of forms) next.querySelector(`#${form.id}`)?.replaceWith(form);
    main.replaceChildren(...next.childNodes);
    document.getElementById("state").replaceChildren(...fresh.getElementById("state").childNodes);
    if (forms.some((form) => form.contains(focused))) focused.focus({ preventScroll: true });
    else if (within) document.getElementById(within.id)?.querySelectorAll(controls)[index]?.focus({ preventScroll: true });
  }

  const address = new URL(body.dataset.changes, location);
  address.searchParams.set("since", body.dataset.change);
  const changes = new EventSource(address);
  changes.addEventListener("open", () => { note.textContent = `Live. Checked at ${clock()}.`; });
  changes.addEventListener("changed", refresh);
  changes.addEventListener("error", () => {
    // A browser tries again by itself, unless it was refused: then the sign-in is over, or the board is another one now.
    note.textContent = changes.readyState === EventSource.CLOSED ? OVER : "The connection was lost; trying again.";
  });
})();
