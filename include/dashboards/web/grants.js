// Each grant: what is used of its money and of its time, and what the donor asks to see.
import {amount, badge, choose, h, records, table, tiles} from "./elements.js";
import * as format from "./format.js";
import {restatedGrants} from "./restated.js";

function pace(row) {
  if (row.spent_to_date !== null && row.budget !== null && Number(row.spent_to_date) > Number(row.budget)) return badge("over");
  if (Number(row.share_used) > Number(row.share_of_time) + 0.15) return badge("fast");
  if (Number(row.share_used) < Number(row.share_of_time) - 0.15) return badge("slow");
  return badge("on_track");
}

export default {
  title: "Grants",
  poll: 0,
  filters: (data, parameters) => [choose("grant", "Grant", parameters.get("grant"), [["", "All grants"], ...records(data.answers.grants).map((row) => [row.grant_code, `${row.grant_code} ${row.grant_title}`])])],
  sections(data, tools) {
    const answers = data.answers;
    const grants = records(answers.grants);
    const chosen = tools.parameters.get("grant");
    const restated = restatedGrants(answers.grant_restatements, tools, "Restated after the close");
    const sections = [];
    if (!chosen) {
      sections.push({key: "used", size: "wide", title: "Money used beside time gone", answer: answers.grants, csv: "grants",
        chart: grants.length ? {horizontal: true, unit: "%", labels: grants.map((row) => `${row.grant_code} ${row.grant_title}`), series: [
          {name: "Money used", data: grants.map((row) => (row.share_used === null ? null : Number(row.share_used) * 100))},
          {name: "Time gone", data: grants.map((row) => (row.share_of_time === null ? null : Number(row.share_of_time) * 100))}]} : null,
        table: () => list()});
    }
    const list = () => table("Grants", [
      {name: "grant_code", label: "Grant", show: (row) => h("button", {type: "button", class: "link", onclick: () => tools.set({grant: row.grant_code})}, `${row.grant_code} ${row.grant_title}`)},
      {name: "donor_name", label: "Donor"}, {name: "", label: "Pace", show: pace}, {name: "budget", label: "Budget", kind: "money"}, {name: "spent_to_date", label: "Spent", kind: "money"},
      {name: "share_used", label: "Money used", kind: "share"}, {name: "share_of_time", label: "Time gone", kind: "share"}, {name: "unspent", label: "Unspent", kind: "money", signed: true},
      {name: "burn_rate", label: "Burn a month", kind: "money"}, {name: "projected_unspent", label: "Unspent at this rate", kind: "money", signed: true},
      {name: "eligible_to", label: "Ends", kind: "day"}, {name: "n_rates_missing", label: "Without a rate", kind: "count"}], grants, {empty: "There is no grant.", key: ["grant_code"]});
    if (!chosen) {
      sections.push({key: "grants", size: "wide", title: "Grants", answer: answers.grants, csv: "grants", table: list});
      return [...sections, ...restated];
    }
    const row = grants.find((each) => each.grant_code === chosen);
    if (!row) return [{key: "empty", size: "wide", answer: chosen, body: () => h("p", {class: "empty"}, "There is no such grant.")}];
    const months = records(answers.grant_months);
    sections.push(
      {key: "grant", size: "wide bare", answer: row, body: () => h("div", null,
        h("h2", null, `${row.grant_code} ${row.grant_title} `, pace(row)), h("p", {class: "muted"}, `${row.donor_name} · eligible ${format.day(row.eligible_from)} to ${format.day(row.eligible_to)} · figures of ${format.month(row.month)}`),
        h("p", {class: "gap"}),
        tiles([
          amount("Budget", "budget", row.budget, row.currency), amount("Spent to date", "spent_to_date", row.spent_to_date, row.currency, {note: `${format.percent(row.share_used)} used, ${format.percent(row.share_of_time)} of the time gone`}),
          amount("Committed", "committed_to_date", row.committed_to_date, row.currency), amount("Unspent", "unspent", row.unspent, row.currency, {signed: true}),
          amount("Burn a month", "burn_rate", row.burn_rate, row.currency), amount("Unspent at this rate", "projected_unspent", row.projected_unspent, row.currency, {signed: true, note: "when the grant ends"}),
          amount("Spent outside the window", "spent_outside_window", row.spent_outside_window, row.currency),
          {label: "Shares without a rate", name: "n_rates_missing", raw: row.n_rates_missing, value: format.number(row.n_rates_missing)}]))},
      {key: "months", size: "wide", title: "Burn against budget and time", answer: answers.grant_months, csv: "grant_months",
        chart: months.length ? {unit: row.currency, labels: months.map((each) => format.month(each.month)), series: [
          {name: "Spent to date", kind: "line", data: months.map((each) => each.spent_to_date)},
          {name: "Even burn", kind: "line", dashed: true, data: months.map((each) => each.even_burn), colour: "#0f9d6b"},
          {name: "Budget", kind: "line", dashed: true, data: months.map((each) => each.budget), colour: "#d08700"},
          {name: "Spent in the month", data: months.map((each) => each.spent)}]} : null,
        table: () => table("Burn by month", [
          {name: "month", label: "Month", kind: "month"}, {name: "spent", label: "Spent", kind: "money"}, {name: "spent_to_date", label: "To date", kind: "money"}, {name: "even_burn", label: "Even burn", kind: "money"},
          {name: "committed_to_date", label: "Committed", kind: "money"}, {name: "budget", label: "Budget", kind: "money"}, {name: "share_of_time", label: "Time gone", kind: "percent"}], months)},
      {key: "lines", size: "wide", title: "Budget lines", answer: answers.lines, csv: "lines",
        table: () => table("Budget lines", [
          {name: "budget_line_code", label: "Line", show: (each) => `${each.budget_line_code} ${each.budget_line_name}`}, {name: "status", label: "Pace", kind: "badge"}, {name: "budget", label: "Budget", kind: "money"},
          {name: "spent_to_date", label: "Spent", kind: "money"}, {name: "share_used", label: "Used", kind: "share"}, {name: "committed_to_date", label: "Committed", kind: "money"},
          {name: "unspent", label: "Unspent", kind: "money", signed: true}, {name: "burn_rate", label: "Burn a month", kind: "money"}, {name: "projected_unspent", label: "Unspent at this rate", kind: "money", signed: true}], records(answers.lines))},
      {key: "report", size: "wide", title: "Donor report", hint: "Spent in each currency, the rate that was used, and what that is in the donor's currency.", answer: answers.report, csv: "report",
        table: () => table("Donor report", [
          {name: "month", label: "Month", kind: "month"}, {name: "budget_line_name", label: "Line"}, {name: "n_expenses", label: "Expenses", kind: "count"},
          {name: "spent_original", label: "Spent", kind: "money", currency: (each) => each.original_currency}, {name: "rate", label: "Rate", kind: "rate"}, {name: "rate_kind", label: "Which rate", show: (each) => format.words(each.rate_kind)},
          {name: "spent", label: `Spent in ${row.currency}`, kind: "money"}, {name: "committed", label: "Committed", kind: "money"}], records(answers.report), {empty: "Nothing was charged to this grant."})});
    return [...sections, ...restated];
  },
};
