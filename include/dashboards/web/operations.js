// Staff and leave, claims and how long they take, the state of data and pipelines.
import {choose, h, records, table, tiles} from "./elements.js";
import * as format from "./format.js";
import {runLink} from "./leaving.js";

const sum = (rows, name) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);

// rows → one series per value of `by`, over the labels of all months.
function series(rows, by, value, months, stack) {
  return [...new Set(rows.map((row) => row[by]))].map((name) => ({
    name: format.words(name), stack,
    data: months.map((month) => {
      const found = rows.filter((row) => row.month === month && row[by] === name);
      return found.length ? sum(found, value) : 0;
    }),
  }));
}

export default {
  title: "Operations",
  poll: 0,
  filters: (data, parameters) => [
    choose("months", "Months", parameters.get("months"), [["6", "6 months"], ["", "13 months"], ["24", "2 years"], ["36", "3 years"]], (months) => `${months} months`),
    choose("days", "Pipelines", parameters.get("days"), [["1", "24 hours"], ["7", "7 days"], ["", "30 days"], ["90", "90 days"]], (days) => `${days} days`),
  ],
  sections(data, tools) {
    const answers = data.answers;
    const sections = [];
    const headcount = records(answers.headcount);
    const latest = headcount.filter((row) => row.month === data.month);
    const backlog = records(answers.backlog);
    const pipelines = records(answers.pipelines);
    const freshness = records(answers.freshness);
    const figures = [{label: `Staff, ${format.month(data.month)}`, name: "n_staff", raw: sum(latest, "n_staff"), value: format.number(sum(latest, "n_staff")), note: latest.some((row) => row.is_withheld) ? "without groups of fewer than three" : null}];
    if (answers.backlog) {
      figures.push({label: "Claims that wait", name: "n_open", raw: sum(backlog, "n_to_approve") + sum(backlog, "n_to_pay"), value: format.number(sum(backlog, "n_to_approve") + sum(backlog, "n_to_pay")), note: `${format.number(sum(backlog, "n_stuck"))} for more than 30 days`});
    }
    figures.push(
      {label: "Pipeline runs", name: "n_runs", raw: sum(pipelines, "n_runs"), value: format.number(sum(pipelines, "n_runs")), note: `${format.number(sum(pipelines, "n_failed"))} failed`},
      {label: "Late deliveries", name: "n_late", raw: freshness.filter((row) => row.status === "late").length, value: format.number(freshness.filter((row) => row.status === "late").length)});
    sections.push({key: "tiles", size: "wide bare", answer: figures, body: () => tiles(figures)});
    const months = [...new Set(headcount.map((row) => row.month))].sort();
    sections.push({key: "headcount", title: "Headcount", hint: headcount.some((row) => row.is_withheld) ? "Groups of fewer than three are not in the chart." : null, answer: answers.headcount, csv: "headcount",
      chart: headcount.length ? {labels: months.map(format.month), series: series(headcount, "department_name", "n_staff", months, "all")} : null,
      table: () => table("Headcount", [
        {name: "month", label: "Month", kind: "month"}, {name: "department_name", label: "Department"}, {name: "n_staff", label: "Staff", kind: "count", show: (row) => (row.is_withheld ? "fewer than three" : format.number(row.n_staff))},
        {name: "n_joined", label: "Joined", kind: "count"}, {name: "n_left", label: "Left", kind: "count"}], headcount, {empty: "No staff is known.", sort: {name: "month", down: true}})});
    if (answers.leave) {
      const leave = records(answers.leave);
      const spans = [...new Set(leave.map((row) => row.month))].sort();
      sections.push({key: "leave", title: "Days of leave", answer: answers.leave, csv: "leave",
        chart: leave.length ? {labels: spans.map(format.month), series: series(leave, "leave_type", "days_approved", spans, "all")} : null,
        table: () => table("Days of leave", [
          {name: "month", label: "Month", kind: "month"}, {name: "leave_type", label: "Kind", show: (row) => format.words(row.leave_type)}, {name: "n_people", label: "People", kind: "count"},
          {name: "n_applications", label: "Applications", kind: "count"}, {name: "days_approved", label: "Days", kind: "decimal"}, {name: "days_requested", label: "Asked for", kind: "decimal"}], leave, {empty: "No leave is known.", sort: {name: "month", down: true}})});
      sections.push({key: "leave_departments", size: "wide", title: `Leave by department, ${format.month(data.month)}`, answer: answers.leave_departments, csv: "leave_departments",
        table: () => table("Leave by department", [
          {name: "department_name", label: "Department"}, {name: "leave_type", label: "Kind", show: (row) => format.words(row.leave_type)}, {name: "n_people", label: "People", kind: "count"},
          {name: "days_approved", label: "Days", kind: "decimal"}, {name: "absence_rate", label: "Absence rate", kind: "percent"}, {name: "max_overlap", label: "Away at once", kind: "count"},
          {name: "entitlement_days", label: "Entitlement", kind: "decimal"}, {name: "days_used_ytd", label: "Used this year", kind: "decimal"}, {name: "balance_days", label: "Balance", kind: "decimal"}],
        records(answers.leave_departments), {empty: "No leave in this month."})});
    }
    if (answers.reimbursement) {
      const times = records(answers.reimbursement);
      sections.push({key: "reimbursement", title: "How long claims take", hint: "Days of all claims of the month in which the money was spent. Half of them took no longer than the median, nine in ten no longer than the 90th percentile.", answer: answers.reimbursement, csv: "reimbursement",
        chart: times.length ? {unit: "days", labels: times.map((row) => format.month(row.month)), series: [
          {name: "To approval, median", data: times.map((row) => row.days_to_approve_median)}, {name: "From approval to payment, median", data: times.map((row) => row.days_approve_to_pay_median)}]} : null,
        table: () => table("How long claims take", [
          {name: "month", label: "Month", kind: "month"}, {name: "n_claims", label: "Claims", kind: "count"}, {name: "n_open", label: "Open", kind: "count"}, {name: "n_paid", label: "Paid", kind: "count"},
          {name: "n_rejected", label: "Rejected", kind: "count"}, {name: "days_to_approve_median", label: "To approval, median", kind: "decimal"}, {name: "days_approve_to_pay_median", label: "From approval to payment, median", kind: "decimal"},
          {name: "days_to_pay_p90", label: "From submission to payment, 90th percentile", kind: "decimal"}], times, {empty: "No claim came from the app.", sort: {name: "month", down: true}})});
      sections.push({key: "backlog", title: "Claims that wait, by days", answer: answers.backlog, csv: "backlog",
        chart: backlog.length ? {labels: backlog.map((row) => `${row.age_bucket} days`), series: [
          {name: "To approve", stack: "all", data: backlog.map((row) => row.n_to_approve)}, {name: "To pay", stack: "all", data: backlog.map((row) => row.n_to_pay)}]} : null,
        table: () => table("Claims that wait", [
          {name: "age_bucket", label: "Days"}, {name: "n_to_approve", label: "To approve", kind: "count"}, {name: "n_to_pay", label: "To pay", kind: "count"}, {name: "amount_base", label: "Amount", kind: "money"}, {name: "n_rates_missing", label: "Without a rate", kind: "count"}], backlog, {empty: "No claim waits."})});
      sections.push({key: "stuck", size: "wide", title: "Waiting longest", answer: answers.stuck, csv: "stuck",
        table: () => table("Claims that have waited longest", [
          {name: "submitted_at", label: "Submitted", kind: "moment"}, {name: "department_name", label: "Department"}, {name: "category_name", label: "Category"}, {name: "status", label: "Waits for", show: (row) => (row.status === "submitted" ? "approval" : "payment")},
          {name: "days_open", label: "Days", kind: "count"}, {name: "amount", label: "Amount", kind: "money"}], records(answers.stuck), {empty: "No claim waits.", limit: 50, isCut: answers.stuck?.has_more})});
    }
    sections.push({key: "freshness", title: "Data freshness", answer: freshness.map(({hours_since: _, ...row}) => row), csv: "freshness",
      table: () => table("Data freshness", [
        {name: "source", label: "Source"}, {name: "dataset", label: "Dataset", show: (row) => format.words(row.dataset)}, {name: "status", label: "Delivery", kind: "badge"},
        {name: "last_loaded_at", label: "Came home last", kind: "moment"}, {name: "hours_since", label: "Age", kind: "hours"}, {name: "newest_on", label: "Data up to", kind: "day"}], freshness, {empty: "Nothing has come home yet."})});
    sections.push({key: "pipelines", title: "Pipelines", answer: answers.pipelines, csv: "pipelines",
      table: () => table("Pipelines", [
        {name: "dag_id", label: "Pipeline", kind: "code"}, {name: "n_runs", label: "Runs", kind: "count"}, {name: "n_failed", label: "Failed", kind: "count"}, {name: "seconds_median", label: "Median", kind: "seconds"},
        {name: "seconds_p95", label: "95th percentile", kind: "seconds"}, {name: "last_status", label: "Last", kind: "badge"}, {name: "last_at", label: "Ended", kind: "moment"},
        {name: "", label: "Run", show: (row) => (tools.isEmbedded ? "–" : runLink(h, row.dag_id, row.last_run_id, "Run and log"))}], pipelines, {empty: "No run in this window.", key: ["dag_id"]})});
    sections.push({key: "runs", size: "wide", title: "Newest runs", answer: answers.runs, csv: "runs",
      table: () => table("Newest runs", [
        {name: "run_at", label: "Ended", kind: "moment"}, {name: "dag_id", label: "Pipeline", kind: "code"}, {name: "status", label: "Outcome", kind: "badge"}, {name: "error_code", label: "Code", kind: "code"},
        {name: "rows_written", label: "Rows written", kind: "count"}, {name: "seconds", label: "Took", kind: "seconds"}, {name: "", label: "Run", show: (row) => (tools.isEmbedded ? row.run_id : runLink(h, row.dag_id, row.run_id))}],
      records(answers.runs), {empty: "No run in this window.", limit: 50, isCut: answers.runs?.has_more, key: ["run_id", "attempt"]})});
    return sections;
  },
};
