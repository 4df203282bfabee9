-- What people and dashboards read of the metrics: each mart with the names of its keys, as the reader's group may see it.
-- Staff is finance, operations, analyst and auditor; the dashboard group reads aggregates of three or more people.

grant usage on schema core, privacy to owner_reporting;
grant select (batch_id, file_id, source, dataset, dag_id, run_id, status, error_code, period_from, period_to, rows_read,
    rows_skipped, rows_accepted, rows_rejected, rows_inserted, rows_updated, rows_loaded, rows_unchanged, rows_superseded,
    rows_deleted, warnings, collected_at, finished_at, seconds) on ops.batches to owner_reporting;
grant select on ops.files, ops.batch_amounts, ops.rejects, ops.metric_builds, ops.metric_build_nodes, ops.period_events,
    ops.run_log to owner_reporting;

set local role owner_reporting;

create view reporting.expense_facts with (security_barrier) as
select
    f.expense_id,
    f.month,
    f.spent_on,
    f.is_month_only,
    f.fiscal_year,
    f.origin,
    f.kind,
    f.status,
    f.measure,
    f.department_id,
    d.code as department_code,
    d.name as department_name,
    f.category_id,
    c.code as category_code,
    c.name as category_name,
    case
        when reader.sees_payees then f.vendor_id
        else privacy.pseudonym(f.vendor_id, k.inner_key, k.outer_key)
    end as vendor_id,
    case
        when reader.sees_payees then v.name
        else privacy.pseudonym(v.name, k.inner_key, k.outer_key)
    end as vendor_name,
    f.amount,
    f.currency,
    f.rate,
    f.rate_kind,
    f.amount_base,
    f.base_currency,
    f.is_rate_missing,
    f.submitted_at,
    f.approved_at,
    f.paid_at,
    f.days_to_approve,
    f.days_to_pay,
    f.n_allocations,
    f.allocated_amount,
    f.source,
    f.batch_id
from marts.expense_facts as f
left join marts.departments as d on f.department_id = d.department_id
left join marts.categories as c on f.category_id = c.category_id
left join core.vendors as v on f.vendor_id = v.id
cross join (select privacy.holds('finance', 'operations', 'auditor') as sees_payees offset 0) as reader
cross join privacy.pseudonym_keys as k;

create view reporting.allocation_facts with (security_barrier) as
select
    a.*,
    g.code as grant_code,
    g.title as grant_title,
    l.code as budget_line_code,
    l.name as budget_line_name
from marts.allocation_facts as a
left join marts.grants as g on a.grant_id = g.grant_id
left join marts.grant_budget_lines as l on a.grant_budget_line_id = l.grant_budget_line_id;

create view reporting.vendor_spend with (security_barrier) as
select
    s.month,
    case
        when reader.sees_payees then s.vendor_id
        else privacy.pseudonym(s.vendor_id, k.inner_key, k.outer_key)
    end as vendor_id,
    case
        when reader.sees_payees then v.name
        else privacy.pseudonym(v.name, k.inner_key, k.outer_key)
    end as vendor_name,
    v.is_unreviewed as is_unreviewed_vendor,
    s.department_id,
    d.code as department_code,
    d.name as department_name,
    s.category_id,
    c.code as category_code,
    c.name as category_name,
    s.currency,
    s.n_expenses,
    s.spend_original,
    s.spend,
    s.base_currency,
    s.is_rate_missing
from marts.vendor_spend as s
left join marts.departments as d on s.department_id = d.department_id
left join marts.categories as c on s.category_id = c.category_id
left join core.vendors as v on s.vendor_id = v.id
cross join (select privacy.holds('finance', 'operations', 'auditor') as sees_payees offset 0) as reader
cross join privacy.pseudonym_keys as k;

create view reporting.monthly_spend_vs_budget with (security_barrier) as
select
    s.*,
    d.code as department_code,
    d.name as department_name,
    c.code as category_code,
    c.name as category_name,
    exists (select from marts.restatements as r where r.month = s.month
        and r.department_id is not distinct from s.department_id
        and r.category_id is not distinct from s.category_id and r.currency = s.currency) as is_restated
from marts.monthly_spend_vs_budget as s
left join marts.departments as d on s.department_id = d.department_id
left join marts.categories as c on s.category_id = c.category_id;

-- A cell over all of its currencies: what the finance page and breach alerts look at.
create view reporting.monthly_budget_status with (security_barrier) as
select
    s.month,
    s.fiscal_year,
    s.fiscal_month,
    s.department_id,
    d.code as department_code,
    d.name as department_name,
    s.category_id,
    c.code as category_code,
    c.name as category_name,
    s.base_currency,
    sum(s.n_expenses)::integer as n_expenses,
    case when not bool_or(s.is_rate_missing) then sum(s.spend) end as spend,
    case when not bool_or(s.is_rate_missing) then sum(s.committed) end as committed,
    case when not bool_or(s.is_rate_missing) then sum(s.budget) end as budget,
    case when not bool_or(s.is_rate_missing) then sum(s.variance) end as variance,
    min(s.variance_pct) as variance_pct,
    min(s.share_used) as share_used,
    case when count(s.spend_ytd) = count(*) then sum(s.spend_ytd) end as spend_ytd,
    case when count(s.budget_ytd) = count(*) then sum(s.budget_ytd) end as budget_ytd,
    case when count(s.variance_ytd) = count(*) then sum(s.variance_ytd) end as variance_ytd,
    case when count(s.run_rate) = count(*) then sum(s.run_rate) end as run_rate,
    case when count(s.fx_effect) = count(*) then sum(s.fx_effect) end as fx_effect,
    bool_or(s.has_budget) as has_budget,
    bool_or(s.is_rate_missing) as is_rate_missing,
    min(s.status) as status
from marts.monthly_spend_vs_budget as s
left join marts.departments as d on s.department_id = d.department_id
left join marts.categories as c on s.category_id = c.category_id
group by
    s.month, s.fiscal_year, s.fiscal_month, s.department_id, d.code, d.name, s.category_id, c.code, c.name,
    s.base_currency;

create view reporting.annual_spend_vs_budget with (security_barrier) as
select
    s.*,
    d.code as department_code,
    d.name as department_name,
    c.code as category_code,
    c.name as category_name
from marts.annual_spend_vs_budget as s
left join marts.departments as d on s.department_id = d.department_id
left join marts.categories as c on s.category_id = c.category_id;

create view reporting.spend_overview with (security_barrier) as
select
    s.month,
    s.fiscal_year,
    s.department_id,
    d.code as department_code,
    d.name as department_name,
    s.base_currency,
    s.is_rate_missing,
    case when reader.is_staff or s.n_people >= 3 then s.spend end as spend,
    case when reader.is_staff or s.n_people >= 3 then s.committed end as committed,
    case when reader.is_staff or s.n_people >= 3 then s.n_expenses end as n_expenses,
    case when reader.is_staff or s.n_people >= 3 then s.n_people end as n_people,
    not (reader.is_staff or s.n_people >= 3) as is_withheld
from marts.spend_overview as s
left join marts.departments as d on s.department_id = d.department_id
cross join (select privacy.holds('finance', 'operations', 'analyst', 'auditor') as is_staff offset 0) as reader;

create view reporting.reimbursement_times with (security_barrier) as
select
    t.*,
    d.code as department_code,
    d.name as department_name,
    c.code as category_code,
    c.name as category_name
from marts.reimbursement_times as t
left join marts.departments as d on t.department_id = d.department_id
left join marts.categories as c on t.category_id = c.category_id;

-- Aged when it is read, so that a quiet week does not hide it.
create view reporting.open_claims with (security_barrier) as
select
    f.expense_id,
    f.month,
    f.spent_on,
    f.status,
    f.department_id,
    d.code as department_code,
    d.name as department_name,
    f.category_id,
    c.code as category_code,
    c.name as category_name,
    f.amount,
    f.currency,
    f.amount_base,
    f.base_currency,
    f.submitted_at,
    f.approved_at,
    age.days as days_open,
    case
        when age.days <= 7 then '0-7'
        when age.days <= 30 then '8-30'
        when age.days <= 60 then '31-60'
        else 'over 60'
    end as age_bucket,
    age.days > 30 as is_stuck
from marts.expense_facts as f
left join marts.departments as d on f.department_id = d.department_id
left join marts.categories as c on f.category_id = c.category_id
cross join lateral (
    select floor(extract(epoch from now() - coalesce(f.approved_at, f.submitted_at)) / 86400)::integer as days
) as age
where f.origin = 'app' and f.status in ('submitted', 'approved') and f.submitted_at is not null;

create view reporting.grant_burn with (security_barrier) as
select
    b.*,
    g.code as grant_code,
    g.title as grant_title,
    g.donor_code,
    g.donor_name,
    g.status as grant_status,
    l.code as budget_line_code,
    l.name as budget_line_name
from marts.grant_burn as b
left join marts.grants as g on b.grant_id = g.grant_id
left join marts.grant_budget_lines as l on b.grant_budget_line_id = l.grant_budget_line_id;

create view reporting.donor_report with (security_barrier) as
select
    r.*,
    g.code as grant_code,
    g.title as grant_title,
    g.donor_code,
    g.donor_name,
    l.code as budget_line_code,
    l.name as budget_line_name,
    l.amount as budget
from marts.donor_report as r
left join marts.grants as g on r.grant_id = g.grant_id
left join marts.grant_budget_lines as l on r.grant_budget_line_id = l.grant_budget_line_id;

create view reporting.daily_spend with (security_barrier) as
select
    s.*,
    d.code as department_code,
    d.name as department_name,
    c.code as category_code,
    c.name as category_name
from marts.daily_spend as s
left join marts.departments as d on s.department_id = d.department_id
left join marts.categories as c on s.category_id = c.category_id;

create view reporting.monthly_spend with (security_barrier) as
select
    s.*,
    d.code as department_code,
    d.name as department_name,
    c.code as category_code,
    c.name as category_name
from marts.monthly_spend as s
left join marts.departments as d on s.department_id = d.department_id
left join marts.categories as c on s.category_id = c.category_id;

create view reporting.leave_usage with (security_barrier) as
select
    u.*,
    d.code as department_code,
    d.name as department_name
from marts.leave_usage as u
left join marts.departments as d on u.department_id = d.department_id;

create view reporting.headcount with (security_barrier) as
select
    h.month,
    h.department_id,
    d.code as department_code,
    d.name as department_name,
    case when reader.is_staff or h.n_staff >= 3 then h.n_staff end as n_staff,
    case when reader.is_staff then h.n_joined end as n_joined,
    case when reader.is_staff then h.n_left end as n_left,
    case when reader.is_staff or h.n_staff >= 3 then h.staff_days end as staff_days
from marts.headcount as h
left join marts.departments as d on h.department_id = d.department_id
cross join (select privacy.holds('finance', 'operations', 'analyst', 'auditor') as is_staff offset 0) as reader;

create view reporting.ingestion_quality with (security_barrier) as
select * from marts.ingestion_quality;

create view reporting.fx_coverage with (security_barrier) as
select
    f.*,
    n.code as donor_code,
    n.name as donor_name
from marts.fx_coverage as f
left join core.donors as n on f.donor_id = n.id;

create view reporting.restatements with (security_barrier) as
select
    r.*,
    d.code as department_code,
    d.name as department_name,
    c.code as category_code,
    c.name as category_name
from marts.restatements as r
left join marts.departments as d on r.department_id = d.department_id
left join marts.categories as c on r.category_id = c.category_id;

-- The same text under this owner's rights: a view with its reader's rights keeps to them inside of any other view.
do $$
begin
    execute 'create view reporting.closing_checklist with (security_barrier) as '
        || pg_get_viewdef('ops.closing_checklist'::regclass);
end
$$;

create view reporting.period_events with (security_barrier) as
select
    period_event_id,
    month,
    event,
    done_by,
    done_at,
    dag_id,
    run_id,
    checklist
from ops.period_events;

-- The pipelines' own books, as they are now: what the ingestion page polls.
create view reporting.ingestion_batches with (security_barrier) as
select
    b.batch_id,
    b.source,
    b.dataset,
    f.name as file_name,
    f.sha256,
    f.delivered_from,
    f.delivered_to,
    f.source_version,
    b.dag_id,
    b.run_id,
    b.status,
    b.error_code,
    b.period_from,
    b.period_to,
    b.rows_read,
    b.rows_loaded,
    b.rows_unchanged,
    b.rows_superseded,
    b.rows_rejected,
    b.rows_deleted,
    b.warnings,
    b.collected_at,
    b.finished_at,
    b.seconds
from ops.batches as b
inner join ops.files as f on b.file_id = f.file_id;

create view reporting.ingestion_rejects with (security_barrier) as
select
    reject_id,
    batch_id,
    source,
    dataset,
    file_name,
    row_number,
    field,
    code,
    sample,
    rejected_at,
    mended_by_batch_id,
    mended_at,
    carried_to_batch_id,
    mended_by_batch_id is null and carried_to_batch_id is null as is_open
from ops.rejects;

create view reporting.ingestion_freshness with (security_barrier) as
select
    b.source,
    b.dataset,
    max(b.finished_at) filter (where b.status in ('loaded', 'duplicate')) as last_loaded_at,
    max(b.period_to) filter (where b.status = 'loaded') as newest_period_to,
    max(b.collected_at) as last_collected_at,
    extract(epoch from now() - max(b.finished_at) filter (where b.status in ('loaded', 'duplicate')))::bigint
        as seconds_since_loaded
from ops.batches as b
group by b.source, b.dataset;

create view reporting.pipeline_runs with (security_barrier) as
select
    dag_id,
    run_id,
    attempt,
    status,
    error_code,
    period_from,
    period_to,
    rows_written,
    seconds,
    run_at
from ops.run_log
where batch_id is null;

create view reporting.metric_builds with (security_barrier) as
select
    build_id,
    dag_id,
    run_id,
    attempt,
    status,
    error_code,
    is_full,
    months,
    started_at,
    built_at,
    published_at,
    rows_written,
    seconds
from ops.metric_builds;

create view reporting.metric_build_nodes with (security_barrier) as
select * from ops.metric_build_nodes;

grant select on
reporting.expense_facts,
reporting.allocation_facts,
reporting.vendor_spend,
reporting.monthly_spend_vs_budget,
reporting.monthly_budget_status,
reporting.annual_spend_vs_budget,
reporting.reimbursement_times,
reporting.open_claims,
reporting.grant_burn,
reporting.donor_report,
reporting.daily_spend,
reporting.monthly_spend,
reporting.restatements,
reporting.closing_checklist,
reporting.period_events,
reporting.ingestion_batches,
reporting.ingestion_rejects
to finance, operations, analyst, auditor;

grant select on
reporting.spend_overview,
reporting.headcount,
reporting.ingestion_quality,
reporting.ingestion_freshness,
reporting.fx_coverage,
reporting.pipeline_runs,
reporting.metric_builds,
reporting.metric_build_nodes
to finance, operations, analyst, auditor, dashboard;

grant select on reporting.leave_usage to operations, auditor;

reset role;
