// Keeps the page as it would be if it were loaded now. Without this the page works, and says that it must be reloaded.
// A list does not move under the pointer: what is new of it is said, and shown when somebody asks for it.
(() => {
  const note = document.getElementById("live-note");
  const body = document.body;
  let busy = false;
  let again = false;

  const OVER = "This page is not live any more: you may be signed out. Reload it.";
  const clock = () => new Date().toLocaleTimeString("en-GB");
  const here = () => location.pathname + location.search;
  const list = () => document.querySelector("[data-still]");

  async function ask(address, headers) {
    const answer = await fetch(address, { headers, cache: "no-store" });
    if (answer.status === 401) { note.textContent = OVER; changes.close(); return null; }
    return answer.ok ? answer : null;
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        await (list()?.querySelector("[data-row]") ? tell() : show()); // what is empty cannot move
      } while (again);
    } catch {
      note.textContent = "The connection was lost; trying again.";
    } finally {
      busy = false;
    }
  }

  // The page as it would be now takes the place of what is shown.
  async function show() {
    const answer = await ask(here(), { accept: "text/html" });
    if (!answer) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    swap(fresh);
    document.title = fresh.title;
    note.textContent = `Live. Last change shown at ${clock()}.`;
  }

  // Says how a list differs from what is shown of it. What others said about its alerts is shown at once, in its place.
  async function tell() {
    const { after } = list().dataset;
    if (!after) { offer("This may have changed"); return; }
    const address = new URL(here(), location);
    address.searchParams.set("after", after);
    const answer = await ask(address, { accept: "application/json" });
    if (!answer) return;
    const news = await answer.json();
    for (const [alert, said] of Object.entries(news.attention)) {
      const place = list().querySelector(`[data-alert="${CSS.escape(alert)}"] [data-attention]`);
      if (place && place.textContent !== said) place.textContent = said;
    }
    const parts = [[news.new, "new"], [news.cleared, "cleared"], [news.gone, "no longer on this list"]];
    const said = parts.filter(([count]) => count).map(([count, what]) => `${count} ${what}`).join(", ");
    offer(news.many ? "Many alerts have changed" : said);
    note.textContent = `Live. Checked at ${clock()}.`;
  }

  function offer(said) {
    const place = document.getElementById("news");
    const button = place.querySelector("button") ?? document.createElement("button");
    if (!said) { place.replaceChildren(); return; }
    button.type = "button";
    button.className = "govuk-button";
    if (button.textContent !== `${said}: show`) button.textContent = `${said}: show`;
    button.onclick = async () => {
      const selected = new Set([...list().querySelectorAll("input[name=alert]:checked")].map((each) => each.value));
      await show();
      for (const each of list().querySelectorAll("input[name=alert]")) each.checked = selected.has(each.value);
      count();
      const first = list().querySelector("[data-row] a") ?? document.getElementById("main");
      first.focus({ preventScroll: true });
    };
    if (!button.isConnected) place.replaceChildren(button);
  }

  // A form that somebody fills in stays as it is; opened details stay open; the focus stays where it was.
  function swap(fresh) {
    const main = document.getElementById("main");
    const next = fresh.getElementById("main");
    const key = (each) => each.closest("[id]")?.id + "|" + each.querySelector("summary")?.textContent;
    const open = new Map([...main.querySelectorAll("details")].map((each) => [key(each), each.open]));
    next.querySelectorAll("details").forEach((each) => { if (open.has(key(each))) each.open = open.get(key(each)); });
    const forms = [...main.querySelectorAll("form[id]:not(#selection)")];
    const focused = document.activeElement;
    const within = main.contains(focused) ? focused.closest("[id]") : null;
    const controls = "a, button, summary, input, select, textarea, [tabindex]";
    const index = within ? [...within.querySelectorAll(controls)].indexOf(focused) : -1;
    for (const form of forms) next.querySelector(`#${form.id}`)?.replaceWith(form);
    main.replaceChildren(...next.childNodes);
    document.getElementById("state").replaceChildren(...fresh.getElementById("state").childNodes);
    if (forms.some((form) => form.contains(focused))) focused.focus({ preventScroll: true });
    else if (within === focused && document.getElementById(within.id)) {
      const row = document.getElementById(within.id);
      row.tabIndex = -1;
      row.focus({ preventScroll: true });
    } else if (within) document.getElementById(within.id)?.querySelectorAll(controls)[index]?.focus({ preventScroll: true });
    ready();
  }

  // How many alerts are selected, and all of a page at once.
  const boxes = () => [...document.querySelectorAll('input[name="alert"][form="selection"]')];
  function count() {
    const all = document.querySelector("[data-select-all]");
    if (!all) return;
    const chosen = boxes().filter((each) => each.checked).length;
    document.querySelector("[data-selected]").textContent = `Selected: ${chosen}`;
    all.checked = chosen > 0 && chosen === boxes().length;
  }
  function ready() {
    const all = document.querySelector("[data-select-all]");
    if (all) all.closest("label").hidden = false;
    count();
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-select-all]")) for (const each of boxes()) each.checked = event.target.checked;
    count();
  });
  ready();

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
