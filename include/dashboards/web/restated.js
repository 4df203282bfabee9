// What changed in a month after it was closed: before → after.
import {badge, h, records, table} from "./elements.js";
import * as format from "./format.js";
import {runLink} from "./leaving.js";

// A figure of a closed month before and after: what stayed the same is not repeated.
export function restated(before, after, currency) {
  if (format.isMissing(before) && format.isMissing(after)) return "–";
  if (before === after) return h("span", {class: "muted"}, "unchanged");
  const shown = (value) => (format.isMissing(value) ? badge("rate missing", "bad") : format.money(value, currency));
  return h("span", null, shown(before), " → ", shown(after));
}

export const restatedBy = (tools) => [
  {name: "n_batches", label: "Batches", kind: "count"}, {name: "", label: "Run", show: (row) => (tools.isEmbedded ? row.run_id : runLink(h, row.dag_id, row.run_id, "Run and log"))}];

// The section of grants' figures that changed: none where none did.
export function restatedGrants(answer, tools, title) {
  const rows = records(answer);
  const change = (name, label, currency) => ({name: `${name}_after`, label, kind: "money", show: (row) => restated(row[`${name}_before`], row[`${name}_after`], row[currency])});
  return rows.length ? [{key: "grant_restatements", size: "wide", title, hint: "Before → after, for each grant, line and currency that changed.", answer, csv: "grant_restatements",
    table: () => table(title, [
      {name: "restated_at", label: "When", kind: "moment"}, {name: "month", label: "Month", kind: "month"},
      {name: "grant_code", label: "Grant", show: (row) => `${row.grant_code} ${row.grant_title}`}, {name: "budget_line_name", label: "Line"},
      change("spent_original", "Spent, as it was paid", "original_currency"), change("spent", "Spent, for the donor", "currency"),
      change("committed_original", "Committed, as submitted", "original_currency"), change("committed", "Committed, for the donor", "currency"),
      ...restatedBy(tools)], rows, {key: ["restated_at", "month", "grant_code", "budget_line_name", "original_currency"]})}] : [];
}
