// What comes home and what does not, as it happens.
import {badge, choose, h, records, table, tiles} from "./elements.js";
import * as format from "./format.js";
import {runLink} from "./leaving.js";

const sum = (rows, name) => rows.reduce((total, row) => total + Number(row[name] ?? 0), 0);
const WINDOWS = [["1", "24 hours"], ["2", "2 days"], ["7", "7 days"], ["", "30 days"], ["90", "90 days"], ["366", "A year"]];

// How the name begins that `make rejects` gives to a file: by it a mended file is led back to its rows.
function mendedName(row) {
  return `rejects.${row.dataset}.${row.batch_id.replaceAll("-", "").slice(0, 12)}.`;
}

function replay(row) {
  return h("div", null,
    h("p", null, "Rejected rows go out as a file, are mended, and come back. What came home with the same file stays as it is."),
    h("h3", null, "1. Take them out"), h("pre", null, h("code", null, `make rejects SOURCE=${row.source}`)),
    h("p", null, "The command says where it wrote each file. This row is in the one whose name begins with ", h("code", null, mendedName(row))),
    h("h3", null, "2. Mend the cells"), h("p", null, `Leave the file's name and the column reject_id as they are. Refused here: ${row.field || "the row as a whole"}, ${format.words(row.code)}.`),
    h("h3", null, "3. Drop the file back"), h("p", null, "Put it, under the same name, into the folder ", h("code", null, `${row.source}/`), " of the inbox (with make start: ", h("code", null, `.gauss/inbox/${row.source}/`), "). The next run takes it in."),
    h("p", {class: "muted"}, "The codes, and what to do about each: docs/runbooks/red-dag.md and docs/runbooks/rejects.md."));
}

export default {
  title: "Ingestion health",
  poll: 5,
  filters: (data, parameters) => {
    const sources = [...new Set(records(data.answers.freshness).map((row) => row.source))].sort();
    return [
      choose("days", "Window", parameters.get("days"), WINDOWS, (days) => `${days} days`),
      choose("source", "Source", parameters.get("source"), [["", "All sources"], ...sources.map((each) => [each, each])]),
    ];
  },
  sections(data, tools) {
    const answers = data.answers;
    const rates = records(answers.rates);
    const time = records(answers.over_time);
    const codes = records(answers.codes);
    const freshness = records(answers.freshness);
    const hourly = Number(tools.parameters.get("days") || 30) <= 2;
    const ended = sum(rates, "n_loaded") + sum(rates, "n_duplicate") + sum(rates, "n_failed");
    const failed = sum(rates, "n_failed");
    const read = sum(rates, "rows_read");
    const sections = [
      {key: "tiles", size: "wide bare", answer: [rates, codes, freshness.map((row) => row.status)], body: () => tiles([
        {label: "Batches that came home", name: "success_rate", raw: ended ? (ended - failed) / ended : null, value: ended ? format.percent((ended - failed) / ended) : "–", note: `${format.number(ended - failed)} of ${format.number(ended)}`},
        {label: "Batches that failed", name: "n_failed", raw: failed, value: format.number(failed), tone: failed ? "negative" : null},
        {label: "Rows loaded", name: "rows_loaded", raw: sum(rates, "rows_loaded"), value: format.number(sum(rates, "rows_loaded")), note: `of ${format.number(read)} read`},
        {label: "Rows rejected", name: "rows_rejected", raw: sum(rates, "rows_rejected"), value: format.number(sum(rates, "rows_rejected")), note: `${format.percent(read ? sum(rates, "rows_rejected") / read : 0, 2)} of those read`},
        {label: "Rejects that wait", name: "n_open", raw: sum(codes, "n_open"), value: format.number(sum(codes, "n_open"))},
        {label: "Late deliveries", name: "n_late", raw: freshness.filter((row) => row.status === "late").length, value: format.number(freshness.filter((row) => row.status === "late").length), note: `of ${freshness.length} sources and datasets`},
      ])},
      {key: "over_time", title: `Rows by ${hourly ? "hour" : "day"}`, answer: answers.over_time, csv: "over_time",
        chart: time.length ? {labels: time.map((row) => format.hourOrDay(row.starts_at, hourly)), series: [
          {name: "Loaded", data: time.map((row) => row.rows_loaded)},
          {name: "Rejected", data: time.map((row) => row.rows_rejected), colour: "#d1383d"}]} : null,
        table: () => table("Rows over time", [
          {name: "starts_at", label: hourly ? "Hour" : "Day", kind: "moment"}, {name: "rows_read", label: "Read", kind: "count"},
          {name: "rows_loaded", label: "Loaded", kind: "count"}, {name: "rows_rejected", label: "Rejected", kind: "count"},
          {name: "n_failed", label: "Failed batches", kind: "count"}], time, {empty: "Nothing was delivered in this window."})},
      {key: "codes", title: "Why rows were rejected", answer: answers.codes, csv: "codes",
        chart: codes.length ? {horizontal: true, labels: codes.slice(0, 12).map((row) => format.words(row.code)), series: [
          {name: "Wait", data: codes.slice(0, 12).map((row) => row.n_open), stack: "all", colour: "#d1383d"},
          {name: "Settled", data: codes.slice(0, 12).map((row) => row.n_rejects - row.n_open), stack: "all", colour: "#0f9d6b"}]} : null,
        table: () => table("Reject codes", [
          {name: "code", label: "Code", kind: "code"}, {name: "n_rejects", label: "Rows", kind: "count"}, {name: "n_open", label: "Wait", kind: "count"},
          {name: "last_at", label: "Last", kind: "moment"}], codes, {empty: "No row was rejected in this window."})},
      {key: "rates", title: "By source and dataset", answer: answers.rates, csv: "rates",
        table: () => table("Success and failure by source and dataset", [
          {name: "source", label: "Source"}, {name: "dataset", label: "Dataset", show: (row) => format.words(row.dataset)},
          {name: "n_batches", label: "Batches", kind: "count"}, {name: "success_rate", label: "Came home", kind: "percent"},
          {name: "failure_rate", label: "Failed", kind: "percent"}, {name: "rows_read", label: "Read", kind: "count"},
          {name: "rows_loaded", label: "Loaded", kind: "count"}, {name: "rows_rejected", label: "Rejected", kind: "count"},
          {name: "reject_rate", label: "Reject rate", kind: "percent"}], rates, {empty: "Nothing was delivered in this window."})},
      {key: "freshness", title: "Freshness", hint: "A delivery is due one and a half times the usual gap after the last; known from the third delivery on.",
        answer: freshness.map(({hours_since: _, ...row}) => row).concat(Math.floor(Date.now() / 600000)), csv: "freshness",
        table: () => table("Freshness by source and dataset", [
          {name: "source", label: "Source"}, {name: "dataset", label: "Dataset", show: (row) => format.words(row.dataset)},
          {name: "status", label: "Delivery", kind: "badge"}, {name: "last_loaded_at", label: "Came home last", kind: "moment"},
          {name: "hours_since", label: "Age", kind: "hours"}, {name: "usual_hours", label: "Usual gap", kind: "hours"},
          {name: "due_at", label: "Due", kind: "moment"}, {name: "newest_on", label: "Data up to", kind: "day"}], freshness, {empty: "Nothing has come home yet."})},
    ];
    if (answers.batches) {
      sections.push({key: "batches", size: "wide", title: "Newest batches", answer: answers.batches, csv: "batches",
        table: () => table("Newest batches", [
          {name: "collected_at", label: "Collected", kind: "moment"}, {name: "source", label: "Source"}, {name: "dataset", label: "Dataset", show: (row) => format.words(row.dataset)},
          {name: "file_name", label: "File", class: "long"}, {name: "status", label: "Outcome", kind: "badge"},
          {name: "error_code", label: "Code", kind: "code"}, {name: "rows_read", label: "Read", kind: "count"}, {name: "rows_loaded", label: "Loaded", kind: "count"},
          {name: "rows_unchanged", label: "Unchanged", kind: "count"}, {name: "rows_superseded", label: "Superseded", kind: "count"},
          {name: "rows_rejected", label: "Rejected", kind: "count"}, {name: "seconds", label: "Took", kind: "seconds"},
          {name: "", label: "Run and log", show: (row) => (tools.isEmbedded ? row.run_id : runLink(h, row.dag_id, row.run_id, "Run and log"))}], records(answers.batches), {empty: "No batch yet.", key: ["batch_id"]})});
      const rejects = records(answers.rejects);
      sections.push({key: "rejects", size: "wide", title: "Rejected rows that wait", hint: "The sample is the shape of the cell: 9 for a digit, a for a letter. Values stay in the archive.", answer: answers.rejects, csv: "rejects",
        table: () => table("Rejected rows that wait", [
          {name: "rejected_at", label: "Rejected", kind: "moment"}, {name: "source", label: "Source"}, {name: "dataset", label: "Dataset", show: (row) => format.words(row.dataset)},
          {name: "file_name", label: "File", class: "long"}, {name: "row_number", label: "Row", kind: "count"}, {name: "field", label: "Field", kind: "code"},
          {name: "code", label: "Code", show: (row) => badge(row.code, "warn")}, {name: "sample", label: "Shape", kind: "code"},
          {name: "", label: "Replay", show: (row) => h("button", {type: "button", class: "link", onclick: () => tools.openDialog("How to replay a rejected row", replay(row), {small: true})}, "How to replay")}],
        rejects, {empty: "No rejected row waits.", key: ["reject_id"]})});
    }
    if (answers.unmapped) {
      sections.push({key: "unmapped", size: "wide", title: "Words that no value map knows", hint: "Add them to `values` in include/sources/<source>.yaml, raise its version, and read the file again (reprocess).", answer: answers.unmapped, csv: "unmapped",
        table: () => table("Words that no value map knows", [
          {name: "source", label: "Source"}, {name: "dataset", label: "Dataset", show: (row) => format.words(row.dataset)},
          {name: "field", label: "Field", kind: "code"}, {name: "word", label: "Word"}, {name: "n_rows", label: "Rows", kind: "count"},
          {name: "last_at", label: "Last", kind: "moment"}], records(answers.unmapped), {empty: "Every word is known."})});
    }
    return sections;
  },
};
