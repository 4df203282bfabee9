// The frame of every page: asks for its answers, shows them, asks again, and says what is wrong where something is.
import {draw, forget} from "./charts.js";
import {focusedPlace, focusPlace, h, openDialog} from "./elements.js";
import * as format from "./format.js";
import {isInAirflow} from "./leaving.js";

const name = location.pathname.split("/").filter(Boolean).pop();
const main = {title: document.getElementById("title"), filters: document.getElementById("filters"), status: document.getElementById("status"), content: document.getElementById("content"), freshness: document.getElementById("freshness")};
const parameters = new URLSearchParams(location.search);
const shown = new Map();
const sortings = new Map();
let view;
let request = 0;
let timer;
let filtersShown = "";

const SENTENCES = {
  401: "Your session has ended: reload the page to log in again.",
  403: "This page is not for your role. Who sees what stands in include/privacy/users.yaml.",
  422: "This address asks for something that the page does not have.",
};

export class Failure extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
}

export async function ask(path, query) {
  let answer;
  try {
    answer = await fetch(`data/${path}?${query}`, {headers: {Accept: "application/json"}, cache: "no-store"});
  } catch {
    throw new Failure(0, "The server cannot be reached. The figures below are the last ones that came.");
  }
  if (answer.ok) return answer.json();
  const said = await answer.json().catch(() => ({}));
  throw new Failure(answer.status, SENTENCES[answer.status] ?? (typeof said.detail === "string" ? `${said.detail}.` : "Something went wrong; it is tried again."));
}

function say(text, isError = false) {
  main.status.textContent = text;
  main.status.className = isError ? "status error" : "status";
}

async function load({announce = false} = {}) {
  clearTimeout(timer);
  const own = ++request;
  main.content.setAttribute("aria-busy", "true");
  try {
    const data = await ask(name, parameters);
    if (own !== request) return;
    show(data);
    say(announce ? "The figures are up to date." : "");
  } catch (failure) {
    if (own !== request) return;
    if (!(failure instanceof Failure)) throw failure;
    say(failure.message, true);
    if ([401, 403, 422].includes(failure.status)) {
      if (!shown.size) main.content.replaceChildren();
      if (failure.status !== 401) main.title.textContent = view.title;
      main.content.setAttribute("aria-busy", "false");
      return;
    }
    timer = setTimeout(load, 5000);
    return;
  }
  main.content.setAttribute("aria-busy", "false");
  if (view.poll) timer = setTimeout(() => (document.hidden ? wait() : load()), view.poll * 1000);
}

function wait() {
  document.addEventListener("visibilitychange", () => load(), {once: true});
}

function show(data) {
  format.setZone(data.zone);
  main.title.textContent = data.title;
  document.title = data.title;
  main.freshness.textContent = view.poll
    ? `Live, asked at ${format.clock(data.asked_at)} (${data.zone})`
    : data.published_at ? `Figures of ${format.moment(data.published_at)} (${data.zone})` : "No figures have been published yet";
  const place = focusedPlace();
  const filters = view.filters?.(data, parameters) ?? [];
  const signature = JSON.stringify([parameters.toString(), data.answers.months, data.answers.choices, filters.map((each) => each.textContent)]);
  if (signature !== filtersShown) {
    main.filters.replaceChildren(...filters);
    filtersShown = signature;
  }
  const sections = view.sections(data, tools);
  for (const section of sections) section.more = data.answers[section.csv]?.has_more ?? false;
  arrange(sections, `${data.month} ${parameters}`);
  focusPlace(place);
}

// A section is left alone while what was asked and what was answered stay the same: what somebody reads stays as it is.
function arrange(sections, asked) {
  const wanted = new Set(sections.map((section) => section.key));
  for (const [key, card] of shown) {
    if (!wanted.has(key)) {
      if (card.chart) forget(card.chart);
      card.element.remove();
      shown.delete(key);
    }
  }
  if (!shown.size) main.content.replaceChildren();
  let before = null;
  for (const section of sections) {
    let card = shown.get(section.key);
    if (!card) {
      card = {element: h("section", {class: `card ${section.size ?? ""}`, "data-section": section.key})};
      shown.set(section.key, card);
      if (before) before.after(card.element);
      else main.content.prepend(card.element);
    }
    before = card.element;
    const signature = JSON.stringify([asked, section.answer ?? null]);
    if (card.signature === signature) continue;
    card.signature = signature;
    fill(card, section);
  }
}

function fill(card, section) {
  const isOpen = card.element.querySelector("details")?.open ?? false;
  const {scrollTop: top = 0, scrollLeft: left = 0} = card.element.querySelector(".scroll") ?? {};
  if (card.chart) forget(card.chart);
  card.chart = null;
  const id = `section-${section.key}`;
  const download = section.csv && !tools.isEmbedded
    ? h("a", {class: "link muted", href: `export/${name}/${section.csv}.csv?${parameters}`, download: "", "data-focus": "csv", "aria-label": `${section.title}: CSV`}, "CSV") : null;
  const children = section.title ? [h("header", null, h("h2", {id}, section.title, section.chart?.unit ? h("span", {class: "muted"}, ` ${section.chart.unit}`) : null), h("span", null, section.tools ?? [], download))] : [];
  if (section.hint) children.push(h("p", {class: "hint"}, section.hint));
  if (section.chart) {
    card.chart = h("div", {class: "chart", role: "img", "aria-label": `Chart: ${section.title}. The same figures are in the table below it.`});
    children.push(card.chart);
    children.push(h("details", {open: isOpen}, h("summary", {"data-focus": "summary"}, "Table"), section.table()));
  } else if (section.table) {
    children.push(section.table());
  }
  if (section.more) children.push(section.rest?.() ?? h("p", {class: "hint"}, "There are more rows than these: narrow the filters."));
  if (section.body) children.push(section.body());
  card.element.replaceChildren(...children);
  if (section.title) card.element.setAttribute("aria-labelledby", id);
  if (card.chart) draw(card.chart, section.chart);
  const scroll = card.element.querySelector(".scroll");
  if (!scroll) return;
  if (sortings.has(section.key)) scroll.sortAs(sortings.get(section.key));
  sortings.set(section.key, scroll.sorting);
  scroll.scrollTo({top, left});
}

export const tools = {
  ask, parameters, load, say, openDialog,
  isEmbedded: !isInAirflow() && location.pathname.includes("/embed/"),
  set(changes) {
    for (const [key, value] of Object.entries(changes)) {
      if (value) parameters.set(key, value);
      else parameters.delete(key);
    }
    history.replaceState(null, "", `?${parameters}`);
    load({announce: true});
  },
};

main.filters.addEventListener("submit", (event) => event.preventDefault());
main.filters.addEventListener("change", (event) => tools.set({[event.target.name]: event.target.value}));

main.content.replaceChildren(...[1, 2, 3, 4].map(() => h("div", {class: "card"}, h("div", {class: "skeleton"}))), h("p", {class: "muted"}, "Loading…"));
view = (await import(`./${name}.js`)).default;
main.title.textContent = view.title;
await load();
