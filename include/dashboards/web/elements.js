// Elements of a page, made without a line of HTML from data: text stays text.
import * as format from "./format.js";

export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// An answer as objects: {columns: [a, b], rows: [[1, 2]]} is [{a: 1, b: 2}].
export function records(answer) {
  return (answer?.rows ?? []).map((row) => Object.fromEntries(answer.columns.map((name, place) => [name, row[place]])));
}

const GOOD = new Set(["loaded", "success", "published", "on_time", "within", "on_track", "ready", "closed", "now"]);
const BAD = new Set(["failed", "over", "late", "rate_missing"]);
const WARN = new Set(["near", "restated", "fast", "slow", "withdrawn", "building", "department_budget", "no_budget"]);

export function badge(text, kind) {
  const tone = kind ?? (GOOD.has(text) ? "good" : BAD.has(text) ? "bad" : WARN.has(text) ? "warn" : "");
  return h("span", {class: `badge ${tone}`}, format.words(text));
}

export function share(value) {
  if (format.isMissing(value)) return "–";
  const part = Math.max(0, Math.min(1, Number(value)));
  const full = h("b", {class: Number(value) > 1 ? "over" : null});
  full.style.width = `${part * 100}%`;
  return h("span", {class: "bar"}, format.percent(value), h("i", {"aria-hidden": "true"}, full));
}

const CELLS = {
  text: (value) => (format.isMissing(value) ? "–" : String(value)),
  code: (value) => (format.isMissing(value) ? "–" : h("code", null, String(value))),
  count: (value) => format.number(value),
  decimal: (value) => format.number(value, 1),
  rate: (value) => format.number(value, Math.abs(Number(value)) < 1 ? 6 : 4),
  percent: (value) => format.percent(value),
  share,
  moment: (value) => format.moment(value),
  day: (value) => format.day(value),
  month: (value) => format.month(value),
  hours: (value) => format.hours(value),
  seconds: (value) => (format.isMissing(value) ? "–" : `${format.number(value, 1)} s`),
  badge: (value) => (format.isMissing(value) ? "–" : badge(value)),
};
const NUMERIC = new Set(["count", "decimal", "rate", "percent", "share", "money", "hours", "seconds"]);
const NARROW = new Set(["moment", "day", "month", "badge", "code"]);

function cell(column, row) {
  if (column.show) return column.show(row);
  const value = row[column.name];
  if (column.kind === "money") {
    if (format.isMissing(value)) return badge("rate missing", "bad");
    const currency = column.currency === undefined ? row.currency : typeof column.currency === "function" ? column.currency(row) : column.currency;
    return h("span", {class: column.signed && Number(value) < 0 ? "negative" : null}, format.money(value, currency));
  }
  return CELLS[column.kind ?? "text"](value);
}

function comparable(column, row) {
  const value = row[column.name];
  if (format.isMissing(value)) return null;
  return NUMERIC.has(column.kind) ? Number(value) : String(value);
}

// A table that can be sorted by each heading. columns: [{name, label, kind, show, signed}]; the first is the row's heading.
// key: the columns by which a row is known again, so that what has the focus in it is found in the next answer. limit: so
// many rows until all are asked for; isCut: the answer had more than these. What is scrolled takes more rows (add), and
// knows how it is sorted, so that its successor can be sorted like it.
export function table(caption, columns, rows, {empty = "Nothing to show.", limit = 0, isCut = false, sort = null, key = []} = {}) {
  if (!rows.length) return h("p", {class: "empty"}, empty);
  const body = h("tbody");
  const state = {name: null, down: true, isWhole: !limit, ...sort};
  const all = [...rows];
  const headings = columns.map((column) => {
    const press = () => {
      state.down = state.name === column.name ? !state.down : NUMERIC.has(column.kind);
      state.name = column.name;
      fill();
    };
    const inside = column.name ? h("button", {type: "button", "data-focus": `sort/${column.name}`, onclick: press}, column.label) : column.label;
    return h("th", {scope: "col", class: NUMERIC.has(column.kind) ? "number" : null}, inside);
  });
  function fill() {
    const chosen = columns.find((column) => column.name && column.name === state.name);
    const sorted = chosen ? [...all].sort((one, other) => {
      const [left, right] = [comparable(chosen, one), comparable(chosen, other)];
      if (left === right) return 0;
      if (left === null) return 1;
      if (right === null) return -1;
      return (left < right ? -1 : 1) * (state.down ? -1 : 1);
    }) : all;
    headings.forEach((heading, place) => {
      if (columns[place] === chosen) heading.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    });
    body.replaceChildren(...sorted.slice(0, state.isWhole ? sorted.length : limit).map((row) => named(row, h("tr", null, columns.map((column, place) => {
      const kind = [NUMERIC.has(column.kind) ? "number" : null, NARROW.has(column.kind) ? "narrow" : null, column.class].filter(Boolean).join(" ");
      return h(place ? "td" : "th", {scope: place ? null : "row", class: kind || null, "data-column": column.name ?? null, "data-value": row[column.name] ?? null}, cell(column, row));
    })))));
    count.textContent = `${format.number(body.rows.length)} of ${isCut ? "more than " : ""}${format.number(all.length)} shown`;
    rest.textContent = state.isWhole ? `Show the first ${format.number(limit)}` : "Show all";
  }
  function named(row, line) {
    const name = key.map((each) => row[each]).join("/");
    if (name) line.querySelectorAll("a, button").forEach((control, place) => { control.dataset.focus = `${name}/${place}`; });
    return line;
  }
  const count = h("span", {class: "muted", role: "status"});
  const rest = h("button", {type: "button", "data-focus": "rest", onclick: () => { state.isWhole = !state.isWhole; fill(); }});
  fill();
  const scroll = h("div", {class: "scroll", role: "group", tabindex: "0", "aria-label": caption, "data-focus": "table"},
    h("table", null, h("caption", null, caption), h("thead", null, h("tr", null, headings)), body));
  scroll.sorting = state;
  scroll.sortAs = (kept) => {
    if (JSON.stringify(kept) === JSON.stringify(state)) return;
    Object.assign(state, kept);
    fill();
  };
  scroll.add = (more) => {
    all.push(...more);
    fill();
  };
  return limit && all.length > limit ? h("div", null, scroll, h("div", {class: "actions"}, rest, count)) : scroll;
}

export function tiles(entries) {
  return h("dl", {class: "tiles"}, entries.map(({label, value, unit, note, name, raw, tone}) =>
    h("div", {class: "tile"}, h("dt", null, label),
      h("dd", {"data-figure": name, "data-value": raw ?? null, class: tone ?? null},
        unit ? h("span", {class: "unit"}, unit) : null, value, note ? h("small", null, note) : null))));
}

export function amount(label, name, raw, currency, {signed = false, note = null} = {}) {
  if (format.isMissing(raw)) return {label, name, value: "–", note: "a rate is missing"};
  return {label, name, raw, unit: currency, value: format.number(raw, 2), note, tone: signed && Number(raw) < 0 ? "negative" : null};
}

// A value that is not among the options is one too: what narrows the figures is shown, whatever the answer offers.
export function choose(name, label, value, options, naming = String) {
  const known = !value || options.some(([key]) => key === value) ? options : [...options, [value, naming(value)]];
  return h("label", null, label, h("select", {name, "data-focus": name}, known.map(([key, text]) => h("option", {value: key, selected: key === (value ?? "")}, text))));
}

// Where the focus is, in words that outlive the element: its section, and its name in there.
export function focusedPlace() {
  const element = document.activeElement ?? document.body;
  return {element, section: element.closest("[data-section]")?.dataset.section, name: element.dataset.focus};
}

// Gives the focus back to a place: to what stands there now, or else to the section's table, or else to the figures.
export function focusPlace({element, section, name}) {
  const card = section ? document.querySelector(`[data-section="${CSS.escape(section)}"]`) : null;
  const successors = [name ? card?.querySelector(`[data-focus="${CSS.escape(name)}"]`) : null, card?.querySelector(".scroll"), document.getElementById("content")];
  for (const each of element.isConnected ? [element] : successors) {
    if (each && each !== document.activeElement) each.focus({preventScroll: true});
    if (each && each === document.activeElement) return;
  }
}

// The one line of a dialog that is read aloud by itself: that something is asked for, what came, or why nothing did.
export function sayingLine() {
  const line = h("p", {class: "status", role: "status"}, "Loading…");
  const say = (text, isError = false) => {
    line.textContent = text;
    line.className = isError ? "status error" : "status";
  };
  return {line, say};
}

// A dialog that closes by Escape, by its button, and gives the focus back to where it was.
export function openDialog(title, body, {small = false} = {}) {
  const before = focusedPlace();
  const dialog = h("dialog", {class: small ? "small" : null, "aria-label": title});
  dialog.append(h("header", null, h("h2", null, title), h("button", {type: "button", onclick: () => dialog.close(), "aria-label": "Close"}, "✕")), h("div", {class: "body"}, body));
  dialog.addEventListener("close", () => {
    dialog.remove();
    focusPlace(before);
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
