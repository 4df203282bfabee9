// Numbers with thousands and their currency, moments in the organisation's zone.

const LOCALE = "en-GB";
let zone = "UTC";
const made = new Map();

export function setZone(name) {
  zone = name;
  made.clear();
}

function formatter(kind, options) {
  const key = kind + JSON.stringify(options);
  if (!made.has(key)) made.set(key, kind === "number" ? new Intl.NumberFormat(LOCALE, options) : new Intl.DateTimeFormat(LOCALE, options));
  return made.get(key);
}

export const isMissing = (value) => value === null || value === undefined || value === "";

// Money comes as a text of digits and is formatted as one: no cent passes through a binary fraction.
export function number(value, digits = 0) {
  return isMissing(value) ? "–" : formatter("number", {minimumFractionDigits: digits, maximumFractionDigits: digits}).format(value);
}

export function money(value, currency) {
  return isMissing(value) ? "–" : `${currency ? `${currency} ` : ""}${number(value, 2)}`;
}

export function short(value) {
  return new Intl.NumberFormat("en-US", {notation: "compact", maximumFractionDigits: 1}).format(Number(value));
}

export function percent(share, digits = 1) {
  return isMissing(share) ? "–" : `${number(Number(share) * 100, digits)} %`;
}

export function moment(text) {
  return isMissing(text) ? "–" : formatter("date", {timeZone: zone, dateStyle: "medium", timeStyle: "short"}).format(new Date(text));
}

export function clock(text) {
  return formatter("date", {timeZone: zone, timeStyle: "medium"}).format(new Date(text));
}

export function day(text) {
  return isMissing(text) ? "–" : formatter("date", {timeZone: "UTC", dateStyle: "medium"}).format(new Date(`${text.slice(0, 10)}T00:00:00Z`));
}

export function month(text) {
  return isMissing(text) ? "–" : formatter("date", {timeZone: "UTC", month: "short", year: "numeric"}).format(new Date(`${text.slice(0, 7)}-01T00:00:00Z`));
}

export function hourOrDay(text, hourly) {
  const options = hourly ? {timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit"} : {timeZone: zone, day: "numeric", month: "short"};
  return formatter("date", options).format(new Date(text));
}

export function hours(value) {
  if (isMissing(value)) return "–";
  const number_ = Number(value);
  return number_ < 48 ? `${number(number_, 1)} h` : `${number(number_ / 24, 1)} days`;
}

export function words(text) {
  if (isMissing(text)) return "–";
  const spaced = String(text).replaceAll("_", " ");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
