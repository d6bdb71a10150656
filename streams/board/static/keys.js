// Single keys for what is done most often; /shortcuts lists them. A key does what the element with that data-key does:
// in the row that has the focus (data-row), else anywhere on the page outside of rows.
(() => {
  const TURN_MS = 1500; // in which the second of two keys follows the first
  const rows = () => [...document.querySelectorAll("[data-row]")];
  let before = "";
  let at = 0;

  const off = () => document.cookie.split("; ").includes("__Host-touchline-shortcuts=off");
  const typing = (each) =>
    each.isContentEditable || each.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

  function move(by) {
    const all = rows();
    const here = all.indexOf(document.activeElement.closest("[data-row]"));
    const row = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by];
    if (!row) return false;
    row.tabIndex = -1;
    row.focus();
    return true;
  }

  function act(key) {
    const named = `[data-key="${CSS.escape(key)}"]`;
    const row = document.activeElement.closest("[data-row]");
    const found = row?.querySelector(named) ?? [...document.querySelectorAll(named)].find((each) => !each.closest("[data-row]"));
    if (!found) return false;
    if (typing(found)) found.focus();
    else found.click();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typing(event.target) || off()) return;
    if (event.key.length > 1) return;
    const both = event.timeStamp - at < TURN_MS ? `${before} ${event.key}` : "";
    before = event.key;
    at = event.timeStamp;
    if (both && act(both)) before = "";
    else if (event.key === "j" ? !move(1) : event.key === "k" ? !move(-1) : !act(event.key)) return;
    event.preventDefault();
  });
})();
