// Spend beside the budget, month by month, down to each version of each expense.
import {amount, badge, choose, h, records, sayingLine, table, tiles} from "./elements.js";
import * as format from "./format.js";
import {runLink} from "./leaving.js";
import {restated, restatedBy, restatedGrants} from "./restated.js";

const STATUS_NOTE = {closed: "closed", restated: "closed, then restated", open: "open"};

function monthName(row) {
  return `${format.month(row.month)}${row.status === "open" ? "" : ` · ${STATUS_NOTE[row.status] ?? row.status}`}`;
}

function query(tools, data, more) {
  const asked = new URLSearchParams(tools.parameters);
  asked.set("month", data.month.slice(0, 7));
  for (const [name, value] of Object.entries(more)) asked.set(name, value);
  return asked;
}

const NAMES = {spent_on: "Spent on", amount: "Amount", currency: "Currency", description: "Description", department_id: "Department key", category_id: "Category key", vendor_id: "Payee key", employee_id: "Employee key", approver_id: "Approver key"};

function field(name, value, fields) {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  if (typeof value === "object") return JSON.stringify(value);
  if (name === "amount") return format.money(value, fields.currency);
  if (name.endsWith("_at") || name === "source_version") return format.moment(value);
  return name.endsWith("_on") ? format.day(value) : String(value);
}

function version(row, later, tools) {
  const fields = Object.entries(row.fields ?? {}).filter(([, value]) => value !== null);
  const isNow = row.version === "now";
  const by = isNow ? null : row.batch_id && row.ended_by === "svc_pipeline" ? "a later delivery" : row.ended_by;
  return h("article", {class: `version ${isNow ? "now" : ""}`},
    h("h3", null, isNow ? "As it stands" : `Until ${format.moment(row.until_at)}`, " ", isNow ? badge("now") : badge(row.operation, "warn")),
    h("p", {class: "muted"}, [
      row.file_name ? `From ${row.batch_source}/${row.file_name}${row.source_row === null ? "" : `, row ${format.number(row.source_row)}`}` : "Not from a file",
      `since ${format.moment(row.since_at)}`, by ? `ended by ${by}` : null].filter(Boolean).join(" · "), " ",
      row.dag_id && !tools.isEmbedded ? runLink(h, row.dag_id, row.run_id, "Run and log") : null,
      row.batch_id ? h("span", null, " · batch ", h("code", null, row.batch_id)) : null),
    h("dl", null, fields.flatMap(([name, value]) => {
      const differs = later && name in (later.fields ?? {}) && JSON.stringify(later.fields[name]) !== JSON.stringify(value) && !["batch_id", "source_row", "source_version"].includes(name);
      return [h("dt", null, NAMES[name] ?? format.words(name)), h("dd", null, h("span", {class: differs ? "changed" : null}, field(name, value, row.fields)), differs ? h("span", {class: "muted"}, " changed since") : null)];
    })));
}

async function showHistory(tools, data, row) {
  const {line, say} = sayingLine();
  const body = h("div");
  tools.openDialog(`History of an expense of ${format.day(row.spent_on)}`, h("div", null, line, body));
  try {
    const [versions, shares] = await Promise.all([
      tools.ask("budget/versions", query(tools, data, {expense: row.expense_id})),
      tools.ask("budget/shares", query(tools, data, {expense: row.expense_id}))]);
    const rows = records(versions.answers.versions);
    const grants = records(shares.answers.shares);
    say(rows.length === 1 ? "It has not been changed since it came home." : `${format.number(rows.length)} versions, the newest first. What differs from the version after it is marked.`);
    body.replaceChildren(
      ...rows.map((each, place) => version(each, rows[place - 1], tools)),
      ...(grants.length ? [h("h3", null, "Borne by"), table("Grants that bear the expense", [
        {name: "grant_code", label: "Grant", show: (each) => `${each.grant_code} ${each.grant_title}`}, {name: "budget_line_name", label: "Line"}, {name: "amount", label: "Share", kind: "money"},
        {name: "amount_donor", label: "In the donor's currency", kind: "money", currency: (each) => each.donor_currency}, {name: "rate", label: "Rate", kind: "rate"},
        {name: "is_in_window", label: "Eligible", show: (each) => (each.is_in_window ? "Yes" : badge("outside the window", "warn"))}], grants)] : []));
  } catch (failure) {
    say(failure.message, true);
  }
}

async function showExpenses(tools, data, narrowed, title) {
  const {line, say} = sayingLine();
  const size = 100;
  const asked = query(tools, data, {...narrowed, rows: 500});
  const button = h("button", {type: "button", hidden: true}, "Show more");
  const place = h("div");
  let list = null;
  let count = 0;
  let isAsking = false;
  const more = async () => {
    if (isAsking) return;
    isAsking = true;
    try {
      const answer = (await tools.ask("budget/expenses", query(tools, data, {...narrowed, rows: size, offset: count}))).answers.expenses;
      const rows = records(answer);
      count += rows.length;
      if (list) list.add(rows);
      else place.append(list = expenses(tools, data, rows, title));
      if (!answer.has_more && document.activeElement === button) list.focus();
      button.hidden = !answer.has_more;
      say(`${format.number(count)} shown`);
    } catch (failure) {
      say(failure.message, true);
    }
    isAsking = false;
  };
  button.addEventListener("click", more);
  tools.openDialog(title, h("div", null,
    h("p", {class: "muted"}, "What counts as spent is approved, reimbursed or posted; submitted is committed; the rest is neither. Largest first."), place,
    h("div", {class: "actions"}, button, tools.isEmbedded ? null : h("a", {class: "button", href: `export/budget/expenses.csv?${asked}`, download: ""}, "CSV (500 largest)"), line)));
  await more();
}

function expenses(tools, data, rows, title) {
  const grant = tools.parameters.get("grant");
  return table(title, [
    {name: "spent_on", label: "Spent on", show: (row) => (row.is_month_only ? format.month(row.spent_on) : format.day(row.spent_on))},
    {name: "vendor_name", label: "Payee", class: "long"}, {name: "department_name", label: "Department"}, {name: "category_name", label: "Category"},
    {name: "status", label: "Status", show: (row) => h("span", null, format.words(row.status), " ", h("span", {class: "muted"}, `(${row.measure})`))},
    {name: "amount", label: "Amount", kind: "money", signed: true}, {name: "amount_base", label: `In ${data.currency}`, kind: "money", currency: data.currency, signed: true},
    ...(grant ? [{name: "charged", label: `Charged to ${grant}`, kind: "money", signed: true}] : []),
    {name: "source", label: "Source"},
    {name: "", label: "History", show: (row) => h("button", {type: "button", class: "link", onclick: () => showHistory(tools, data, row)}, "History")}],
  rows, {empty: "No expense that you may see."});
}

function overview(data, answers) {
  const rows = records(answers.overview);
  const sum = (row, value) => (row.is_rate_missing || format.isMissing(value) ? badge("rate missing", "bad") : format.money(value, row.currency));
  return [{key: "overview", size: "wide", title: `Spending by department, ${format.month(data.month)}`, hint: "Groups of fewer than three people are withheld.", answer: answers.overview, csv: "overview",
    chart: rows.length ? {horizontal: true, labels: rows.map((row) => row.department_name), unit: data.currency, series: [{name: "Spent", data: rows.map((row) => row.spend)}]} : null,
    table: () => table("Spending by department", [
      {name: "department_name", label: "Department"}, {name: "spend", label: "Spent", kind: "money", show: (row) => (row.is_withheld ? badge("withheld", "warn") : sum(row, row.spend))},
      {name: "committed", label: "Committed", kind: "money", show: (row) => (row.is_withheld ? "–" : sum(row, row.committed))},
      {name: "n_expenses", label: "Expenses", kind: "count"}, {name: "n_people", label: "People and payees", kind: "count"}], rows, {empty: "Nothing was spent in this month."})}];
}

const used = (share) => (format.isMissing(share) ? null : `${format.percent(share)} used`);

// The tiles of a grant's budget; none in a month in which it has none.
function grantTiles(row) {
  return row ? [
    amount("Budget of the grant", "budget", row.budget, row.currency),
    amount("Left of the grant", "unspent", row.unspent, row.currency, {signed: true, note: used(row.share_used)}),
  ] : [];
}

function budgetLines(tools, answer, lines, grant, name) {
  const charted = lines.slice(0, 14);
  return {key: "grant_lines", title: `Budget lines of ${grant} to ${name}: spent against budget`, answer, csv: "grant_lines",
    hint: tools.parameters.get("department") || tools.parameters.get("category") ? "Of all departments and categories: a grant's budget is not divided among them." : null,
    chart: lines.length ? {horizontal: true, unit: lines[0].currency, labels: charted.map((row) => `${row.budget_line_code} ${row.budget_line_name}`), series: [
      {name: "Spent to date", data: charted.map((row) => row.spent_to_date)}, {name: "Budget", data: charted.map((row) => row.budget)}]} : null,
    table: () => table("Budget lines of the grant", [
      {name: "budget_line_code", label: "Line", show: (row) => `${row.budget_line_code} ${row.budget_line_name}`}, {name: "status", label: "Pace", kind: "badge"},
      {name: "budget", label: "Budget", kind: "money"}, {name: "spent_to_date", label: "Spent to date", kind: "money"}, {name: "unspent", label: "Left", kind: "money", signed: true},
      {name: "share_used", label: "Used", kind: "share"}, {name: "share_of_time", label: "Time gone", kind: "share"}, {name: "committed_to_date", label: "Committed", kind: "money"}],
    lines, {empty: `${grant} has no budget in ${name}: the month lies before its first or after its last.`})};
}

export default {
  title: "Monthly spend vs budget",
  poll: 0,
  filters(data, parameters) {
    const months = records(data.answers.months);
    const choices = records(data.answers.choices);
    const of = (kind, all) => [["", all], ...choices.filter((each) => each.kind === kind).map((each) => [each.code, each.name])];
    const month = parameters.get("month") ?? data.month?.slice(0, 7);
    const picker = choose("month", "Month", month, months.map((row) => [row.month.slice(0, 7), monthName(row)]), format.month);
    if (data.answers.overview) return [picker];
    return [
      picker, choose("department", "Department", parameters.get("department"), of("department", "All departments")),
      choose("category", "Category", parameters.get("category"), of("category", "All categories")),
      choose("grant", "Grant", parameters.get("grant"), of("grant", "All grants")), h("span", {class: "spacer"}),
      location.pathname.includes("/embed/") ? null : h("a", {class: "button", href: `export/budget.xlsx?${parameters}`, download: "", "data-focus": "pack"}, "Month pack (Excel)")].filter(Boolean);
  },
  sections(data, tools) {
    const answers = data.answers;
    if (answers.overview) return overview(data, answers);
    const currency = data.currency;
    const grant = tools.parameters.get("grant");
    const total = records(answers.total)[0];
    const year = records(answers.year);
    const departments = records(answers.departments);
    const cells = records(answers.cells);
    const lines = records(answers.grant_lines);
    const now = records(answers.months).find((row) => row.month === data.month);
    const name = format.month(data.month);
    const state = now?.status === "restated" ? badge("restated") : now?.status === "closed" ? badge("closed") : badge("open", "");
    const ofGrants = restatedGrants(answers.grant_restatements, tools, "Grants restated after the close");
    if (!total || !(Number(total.n_figures) || lines.length)) {
      return [{key: "empty", size: "wide", body: () => h("p", {class: "empty"}, `There are no figures for ${name} with these filters.`)}, ...ofGrants];
    }
    // Budgets of departments are not divided among grants: with a grant, what they decide is left away.
    const budgeted = (...some) => (grant ? [] : some);
    const whose = grant ? ` charged to ${grant}` : "";
    const nothing = grant ? `Nothing was charged to ${grant}.` : "Nothing was spent and nothing was budgeted.";
    const spent = amount("Spent", "spend", total.spend, currency, {note: `${format.number(total.n_expenses)} expenses`});
    const committed = amount("Committed", "committed", total.committed, currency, {note: "submitted, not decided"});
    const toDate = amount("Spent, year to date", "spend_ytd", total.spend_ytd, currency);
    const figures = grant ? [spent, committed, toDate, ...grantTiles(records(answers.grant_budget)[0])] : [
      spent,
      amount("Budget", "budget", total.budget, currency),
      amount("Left of the budget", "variance", total.variance, currency, {signed: true, note: used(total.share_used)}),
      committed,
      toDate,
      amount("Budget, year to date", "budget_ytd", total.budget_ytd, currency),
      amount("Left, year to date", "variance_ytd", total.variance_ytd, currency, {signed: true}),
      amount("Run rate for the year", "run_rate", total.run_rate, currency, {note: "at this pace"}),
      amount("FX effect", "fx_effect", total.fx_effect, currency, {note: "of rates since the budget"}),
    ];
    const sections = [
      {key: "total", size: "wide bare", answer: [total, answers.grant_budget, now], body: () => h("div", null, h("h2", null, `${name}${whose} `, state), tiles(figures),
        grant ? h("p", {class: "muted"}, `Department budgets are not divided among grants; what ${grant} may spend is in its budget lines.`) : null,
        Number(total.n_rates_missing) ? h("p", {class: "status error"}, `${format.number(total.n_rates_missing)} figures of this month have no exchange rate: sums that need one are left empty.`) : null)},
      ...(grant ? [budgetLines(tools, answers.grant_lines, lines, grant, name)] : []),
      {key: "departments", title: grant ? `${name}: spent by department` : `${name}: departments against their budget`, answer: answers.departments, csv: "departments",
        chart: departments.length ? {horizontal: true, unit: currency, labels: departments.slice(0, 14).map((row) => row.department_name), series: [
          {name: "Spent", data: departments.slice(0, 14).map((row) => row.spend)}, ...budgeted({name: "Budget", data: departments.slice(0, 14).map((row) => row.budget)})]} : null,
        table: () => table(grant ? "Spent by department" : "Departments against their budget", [
          {name: "department_name", label: "Department"}, {name: "spend", label: "Spent", kind: "money"},
          ...budgeted({name: "budget", label: "Budget", kind: "money"}, {name: "variance", label: "Left", kind: "money", signed: true}),
          {name: "committed", label: "Committed", kind: "money"}], departments, {empty: nothing})},
      {key: "year", title: "The fiscal year so far", answer: answers.year, csv: "year",
        chart: year.length ? {unit: currency, labels: year.map((row) => format.month(row.month) + (row.is_restated ? " *" : "")), series: [
          {name: "Spent", data: year.map((row) => row.spend)}, ...budgeted({name: "Budget", kind: "line", dashed: true, data: year.map((row) => row.budget), colour: "#d08700"})]} : null,
        hint: year.some((row) => row.is_restated) ? "* restated after it was closed" : null,
        table: () => table("The fiscal year so far", [
          {name: "month", label: "Month", kind: "month"}, {name: "spend", label: "Spent", kind: "money"}, ...budgeted({name: "budget", label: "Budget", kind: "money"}),
          {name: "committed", label: "Committed", kind: "money"}, {name: "status", label: "Books", kind: "badge"},
          ...budgeted({name: "is_restated", label: "Restated", show: (row) => (row.is_restated ? badge("restated") : "–")})], year, {empty: nothing})},
      {key: "cells", size: "wide", title: grant ? "Spent by department and category" : "Variance", hint: "Each line opens the expenses behind it.", answer: answers.cells, csv: "cells",
        tools: [h("button", {type: "button", class: "link", "data-focus": "expenses", onclick: () => showExpenses(tools, data, {}, `Expenses of ${name}${whose}`)}, "All expenses"), " "],
        table: () => table(grant ? "Spent by department and category" : "Variance by department and category", [
          {name: "department_name", label: "Department", show: (row) => h("button", {type: "button", class: "link", "aria-label": `Expenses of ${row.department_name}, ${row.category_name}`, onclick: () => showExpenses(tools, data, {department: row.department_code, category: row.category_code}, `${row.department_name}, ${row.category_name}: ${name}${whose}`)}, row.department_name)},
          {name: "category_name", label: "Category"}, ...budgeted({name: "status", label: "Status", show: (row) => h("span", null, badge(row.status), row.is_restated ? [" ", badge("restated")] : null)}),
          {name: "spend", label: "Spent", kind: "money"}, ...budgeted({name: "budget", label: "Budget", kind: "money"}, {name: "variance", label: "Left", kind: "money", signed: true},
            {name: "share_used", label: "Used", kind: "share"}), {name: "committed", label: "Committed", kind: "money"},
          {name: "spend_ytd", label: "Spent YTD", kind: "money"}, ...budgeted({name: "variance_ytd", label: "Left YTD", kind: "money", signed: true})], cells, {empty: nothing, key: ["department_code", "category_code"]})},
      {key: "vendors", title: "Top vendors", answer: answers.vendors, csv: "vendors",
        table: () => table("Top vendors", [
          {name: "vendor_name", label: "Payee", class: "long", show: (row) => h("span", null, row.vendor_name, row.is_unreviewed ? [" ", badge("unreviewed", "warn")] : null)},
          {name: "n_expenses", label: "Payments", kind: "count"}, {name: "spend", label: "Spent", kind: "money"}], records(answers.vendors), {empty: "Nobody was paid in this month."})},
      {key: "currencies", title: "By currency", answer: answers.currencies, csv: "currencies",
        table: () => table("By currency", [
          {name: "currency", label: "Currency"}, {name: "spend_original", label: "Spent", kind: "money"}, {name: "committed_original", label: "Committed", kind: "money"},
          {name: "rate", label: "Rate", kind: "rate"}, {name: "rate_kind", label: "Which rate", show: (row) => (row.currency === currency ? "base currency" : format.words(row.rate_kind).toLowerCase())},
          {name: "spend", label: `In ${currency}`, kind: "money", currency}], records(answers.currencies))},
    ];
    if (answers.charged) {
      sections.push({key: "charged", size: "wide", title: `Charged to ${grant} in ${name}`, hint: "In the donor's currency, at the donor's rate.", answer: answers.charged, csv: "charged",
        table: () => table("Charged to the grant", [
          {name: "department_name", label: "Department"}, {name: "category_name", label: "Category"}, {name: "n_expenses", label: "Expenses", kind: "count"},
          {name: "spent", label: "Spent", kind: "money"}, {name: "committed", label: "Committed", kind: "money"},
          {name: "n_rates_missing", label: "Shares without a rate", kind: "count"}], records(answers.charged), {empty: "Nothing was charged to this grant in this month."})});
    }
    const restatements = records(answers.restatements);
    if (restatements.length) {
      sections.push({key: "restatements", size: "wide", title: "Restated after the close", hint: "Before → after, for each figure that changed.", answer: answers.restatements, csv: "restatements",
        table: () => table("Restated after the close", [
          {name: "restated_at", label: "When", kind: "moment"}, {name: "department_name", label: "Department"}, {name: "category_name", label: "Category"},
          {name: "spend_original_after", label: "Spent, as it was paid", kind: "money", show: (row) => restated(row.spend_original_before, row.spend_original_after, row.original_currency)},
          {name: "spend_after", label: `Spent, in ${currency}`, kind: "money", show: (row) => restated(row.spend_before, row.spend_after, row.currency)},
          {name: "change", label: "Change", kind: "money", signed: true},
          {name: "budget_after", label: "Budget", kind: "money", show: (row) => restated(row.budget_before, row.budget_after, row.currency)},
          ...restatedBy(tools)],
        restatements, {key: ["restated_at", "department_name", "category_name", "original_currency"]})});
    }
    return [...sections, ...ofGrants];
  },
};

