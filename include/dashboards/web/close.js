// Closing a month: first what is open about it, then the deed, through Airflow's own REST API with the reader's session.
import {badge, h, records, table} from "./elements.js";
import * as format from "./format.js";
import {address, runLink} from "./leaving.js";

const DAG = "transform_metrics";
const POINTS = [["missing_rates", "Missing rates"], ["unreviewed_vendors", "Unreviewed payees"], ["open_rejects", "Waiting rejects"], ["undecided_claims", "Undecided claims"]];
const ALL_MONTHS = "600";
const ENDED = new Set(["success", "failed"]);

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function trigger(conf) {
  const answer = await fetch(address(`/api/v2/dags/${DAG}/dagRuns`), {
    method: "POST", credentials: "same-origin", headers: {"Content-Type": "application/json"}, body: JSON.stringify({logical_date: null, conf})});
  if (answer.ok) return answer.json();
  throw new Error({401: "Your session has ended: reload the page to log in again.", 403: "Your Airflow role may not trigger this pipeline: ask finance."}[answer.status] ?? `Airflow answered ${answer.status}: nothing was done.`);
}

async function follow(run, say) {
  for (let turn = 0; turn < 400; turn += 1) {
    await pause(1500);
    const answer = await fetch(address(`/api/v2/dags/${DAG}/dagRuns/${encodeURIComponent(run.dag_run_id)}`), {credentials: "same-origin"});
    if (!answer.ok) throw new Error("The run was triggered, and can no longer be followed.");
    const state = (await answer.json()).state;
    if (ENDED.has(state)) return state;
    say(state);
  }
  throw new Error("The run takes longer than ten minutes: follow it in Airflow.");
}

function act(tools, row, deed) {
  const month = row.month.slice(0, 7);
  const name = format.month(row.month);
  const open = POINTS.filter(([key]) => Number(row[key]));
  const isClosing = deed === "close";
  const insist = h("input", {type: "checkbox", id: "insist"});
  const said = h("p", {class: "status", role: "status"});
  const button = h("button", {type: "button", class: "solid", disabled: isClosing && open.length > 0}, isClosing ? `Close ${name}` : `Reopen ${name}`);
  insist.addEventListener("change", () => { button.disabled = !insist.checked; });
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      said.className = "status";
      said.textContent = "Triggering…";
      const run = await trigger(isClosing ? {close: month, insist: insist.checked} : {reopen: month});
      const link = runLink(h, DAG, run.dag_run_id, "its run");
      said.replaceChildren("The pipeline is at it: ", link);
      const state = await follow(run, (now) => said.replaceChildren(`The pipeline is at it (${now}): `, link));
      said.className = state === "success" ? "status" : "status error";
      said.replaceChildren(state === "success" ? `${name} is ${isClosing ? "closed" : "open again"}. ` : "It failed, and nothing was closed or reopened: see ", link);
      await pause(2500); // answers are remembered for two seconds
      await tools.load();
    } catch (failure) {
      said.className = "status error";
      said.textContent = failure.message;
      button.disabled = false;
    }
  });
  tools.openDialog(isClosing ? `Close ${name}` : `Reopen ${name}`, h("div", null,
    isClosing ? [
      h("p", null, open.length ? "These points are open:" : "The checklist is clear."),
      h("ul", null, POINTS.map(([key, label]) => h("li", null, `${label}: `, Number(row[key]) ? badge(format.number(row[key]), "warn") : badge("none", "good")))),
      h("p", {class: "muted"}, "Once closed, a month that changes is marked restated, both figures are kept, and finance is told."),
      open.length ? h("p", null, h("label", {for: "insist"}, insist, " Close it although points are open")) : null,
    ] : h("p", null, "An open month takes changes without being marked restated. Who reopened it, and when, is kept."),
    h("div", {class: "actions"}, button), said), {small: true});
}

export default {
  title: "Period close",
  poll: 0,
  filters: () => [],
  sections(data, tools) {
    const answers = data.answers;
    const rows = records(answers.checklists);
    const chosen = tools.parameters.get("month");
    const sections = [{key: "checklists", size: "wide", title: "Months", hint: "What should be settled before a month is closed. A month can be opened for its details.", answer: answers.checklists, csv: "checklists",
      rest: tools.parameters.get("months") === ALL_MONTHS ? null : () => h("div", {class: "actions"}, h("button", {type: "button", "data-focus": "rest", onclick: () => tools.set({months: ALL_MONTHS})}, "Show older months")),
      table: () => table("Months and their checklists", [
        {name: "month", label: "Month", show: (row) => h("button", {type: "button", class: "link", onclick: () => tools.set({month: row.month.slice(0, 7)})}, format.month(row.month))},
        {name: "status", label: "Books", kind: "badge"}, {name: "closed_at", label: "Closed", kind: "moment"},
        {name: "is_ready", label: "Checklist", show: (row) => (row.status === "closed" ? "–" : row.is_ready ? badge("ready") : badge("points open", "warn"))},
        ...POINTS.map(([name, label]) => ({name, label, kind: "count"})),
        {name: "", label: "Action", show: (row) => (tools.isEmbedded ? "–" : row.status === "open"
          ? h("button", {type: "button", "aria-label": `Close ${format.month(row.month)}`, onclick: () => act(tools, row, "close")}, "Close…")
          : h("span", {class: "actions-inline"}, row.status === "restated" ? [h("button", {type: "button", "aria-label": `Close ${format.month(row.month)} as it stands`, onclick: () => act(tools, row, "close")}, "Close…"), " "] : null,
            h("button", {type: "button", "aria-label": `Reopen ${format.month(row.month)}`, onclick: () => act(tools, row, "reopen")}, "Reopen…")))}], rows, {empty: "There is no month yet.", key: ["month"]})}];
    if (chosen) {
      const name = format.month(`${chosen}-01`);
      sections.push({key: "missing_rates", title: `${name}: missing rates`, answer: answers.missing_rates, csv: "missing_rates",
        table: () => table("Missing rates", [
          {name: "from_currency", label: "From"}, {name: "to_currency", label: "To"}, {name: "purpose", label: "For"}, {name: "donor_name", label: "Donor"}, {name: "n_rows", label: "Rows", kind: "count"},
          {name: "amount_original", label: "Amount", kind: "money", currency: (row) => row.from_currency}], records(answers.missing_rates), {empty: "No rate is missing."})});
      sections.push({key: "unreviewed_vendors", title: `${name}: payees nobody has looked at`, answer: answers.unreviewed_vendors, csv: "unreviewed_vendors",
        table: () => table("Unreviewed payees", [{name: "vendor_name", label: "Payee"}, {name: "n_expenses", label: "Payments", kind: "count"}, {name: "spend", label: "Spent", kind: "money"}], records(answers.unreviewed_vendors), {empty: "All payees have been looked at."})});
    }
    sections.push({key: "events", size: "wide", title: chosen ? `${format.month(`${chosen}-01`)}: who did what` : "Who did what", answer: answers.events, csv: "events",
      table: () => table("Who closed and reopened months", [
        {name: "done_at", label: "When", kind: "moment"}, {name: "month", label: "Month", kind: "month"}, {name: "event", label: "What", kind: "badge"}, {name: "done_by", label: "Who"},
        {name: "checklist", label: "Open then", show: (row) => Object.entries(row.checklist ?? {}).map(([key, count]) => `${format.words(key)}: ${format.number(count)}`).join(", ") || "–"},
        {name: "", label: "Run", show: (row) => (tools.isEmbedded ? row.run_id : runLink(h, row.dag_id, row.run_id, "Run and log"))}], records(answers.events), {empty: "No month was closed yet.", key: ["done_at", "month"]})});
    return sections;
  },
};
