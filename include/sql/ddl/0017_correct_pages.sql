-- What the pages said wrongly, or slowly: one meaning of an open reject, claims timed over all departments, a checklist
-- that does not read every expense.

-- One definition of open for pages, checklists and replay. A row can be mended while it is a reject of the newest batch
-- of its file and dataset that came home or failed, and the original is there to take it from: not of a rehearsal, and
-- not of what was taken back or replaced.
create view ops.reject_states as
select
    r.reject_id,
    r.batch_id,
    r.source,
    r.dataset,
    r.file_name,
    r.row_number,
    r.field,
    r.code,
    r.sample,
    r.rejected_at,
    r.mended_by_batch_id,
    r.mended_at,
    r.carried_to_batch_id,
    r.mended_by_batch_id is null and r.carried_to_batch_id is null and m.batch_id is not null as is_open
from ops.rejects as r
left join (
    select b.batch_id
    from ops.batches as b
    inner join ops.files as f on b.file_id = f.file_id
    where b.status in ('loaded', 'failed')
        and f.original_removed_at is null
        and not exists (
            select from ops.batches as newer
            where newer.file_id = b.file_id
                and newer.dataset = b.dataset
                and newer.status in ('loaded', 'failed')
                and (newer.collected_at, newer.batch_id) > (b.collected_at, b.batch_id)
        )
) as m on r.batch_id = m.batch_id;
comment on view ops.reject_states is 'One row per rejected row, with whether it is open: whether it can be mended and replayed.';
alter view ops.reject_states owner to owner_core;
grant select on ops.reject_states to pipeline, owner_reporting, auditor, svc_exporter;

-- Claims timed over all departments: a median of medians is none.
create table marts.reimbursement_months (
    month date primary key,
    n_claims integer not null,
    n_open integer not null,
    n_submitted integer not null,
    n_approved integer not null,
    n_paid integer not null,
    n_rejected integer not null,
    days_to_approve_median numeric(12, 2),
    days_to_approve_p90 numeric(12, 2),
    days_approve_to_pay_median numeric(12, 2),
    days_approve_to_pay_p90 numeric(12, 2),
    days_to_pay_median numeric(12, 2),
    days_to_pay_p90 numeric(12, 2)
);
comment on table marts.reimbursement_months is
'One row per month with claims from the app, over all departments: how long approval and payment took, in days.';
alter table marts.reimbursement_months owner to owner_marts;
alter table marts.reimbursement_months enable row level security;
alter table marts.reimbursement_months force row level security;
create policy owner_acts on marts.reimbursement_months to owner_marts using (true) with check (true);
create policy pipeline_works on marts.reimbursement_months to pipeline using (true) with check (true);
create policy views_read on marts.reimbursement_months for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));
grant select on marts.reimbursement_months to owner_reporting;
grant select, insert, update, delete on marts.reimbursement_months to pipeline;

-- From the facts that are published; the next build writes the same of all months, since the models have changed.
set local role owner_marts;
insert into marts.reimbursement_months
select
    month,
    count(*),
    count(*) filter (where status in ('submitted', 'approved')),
    count(submitted_at),
    count(approved_at),
    count(paid_at),
    count(*) filter (where status = 'rejected'),
    round((percentile_cont(0.5) within group (order by extract(epoch from approved_at - submitted_at)))::numeric / 86400, 2),
    round((percentile_cont(0.9) within group (order by extract(epoch from approved_at - submitted_at)))::numeric / 86400, 2),
    round((percentile_cont(0.5) within group (order by extract(epoch from paid_at - approved_at)))::numeric / 86400, 2),
    round((percentile_cont(0.9) within group (order by extract(epoch from paid_at - approved_at)))::numeric / 86400, 2),
    round((percentile_cont(0.5) within group (order by extract(epoch from paid_at - submitted_at)))::numeric / 86400, 2),
    round((percentile_cont(0.9) within group (order by extract(epoch from paid_at - submitted_at)))::numeric / 86400, 2)
from marts.expense_facts
where origin = 'app' and kind = 'claim' and status not in ('draft', 'cancelled')
group by month;
reset role;

-- The checklist looks for the few vendors that nobody has looked at.
create index vendor_spend_vendor_idx on marts.vendor_spend (vendor_id, month);

-- The months of the facts one after the other, each from the index, instead of a look at every expense.
create or replace view ops.closing_checklist with (security_invoker) as
with recursive found (month) as (
    select min(f.month) from marts.expense_facts as f
    union all
    select (select min(f.month) from marts.expense_facts as f where f.month > found.month)
    from found
    where found.month is not null
),

months as (
    select found.month from found where found.month is not null
    union
    select p.month from core.accounting_periods as p
),

missing as (
    select c.month, count(*)::integer as n
    from marts.fx_coverage as c
    where c.is_missing
    group by c.month
),

vendors as (
    select s.month, count(*)::integer as n
    from (
        select distinct u.month, u.vendor_id
        from marts.vendor_spend as u
        inner join core.vendors as v on u.vendor_id = v.id
        where v.is_unreviewed and v.deleted_at is null
    ) as s
    group by s.month
),

claims as (
    select f.month, count(*)::integer as n
    from marts.expense_facts as f
    where f.measure = 'committed'
    group by f.month
),

rejects as (
    select m.month, count(*)::integer as n
    from ops.reject_states as r
    inner join ops.batches as b on r.batch_id = b.batch_id
    inner join ops.files as o on b.file_id = o.file_id
    inner join months as m
        on m.month between date_trunc('month', coalesce(b.period_from, o.delivered_from)::timestamp)
            and coalesce(b.period_to, o.delivered_to)
    where r.is_open
        and r.dataset in ('expenses', 'expense_allocations', 'budgets', 'fx_rates')
    group by m.month
)

select
    m.month,
    coalesce(p.status::text, 'open') as status,
    p.closed_at,
    coalesce(missing.n, 0) as missing_rates,
    coalesce(vendors.n, 0) as unreviewed_vendors,
    coalesce(rejects.n, 0) as open_rejects,
    coalesce(claims.n, 0) as undecided_claims,
    coalesce(missing.n, 0) + coalesce(vendors.n, 0) + coalesce(rejects.n, 0) + coalesce(claims.n, 0) = 0 as is_ready
from months as m
left join core.accounting_periods as p on m.month = p.month
left join missing on m.month = missing.month
left join vendors on m.month = vendors.month
left join rejects on m.month = rejects.month
left join claims on m.month = claims.month;

set local role owner_reporting;

create view reporting.reimbursement_months with (security_barrier) as
select
    month,
    n_claims,
    n_open,
    n_submitted,
    n_approved,
    n_paid,
    n_rejected,
    days_to_approve_median,
    days_to_approve_p90,
    days_approve_to_pay_median,
    days_approve_to_pay_p90,
    days_to_pay_median,
    days_to_pay_p90
from marts.reimbursement_months;
grant select on reporting.reimbursement_months to finance, operations, analyst, auditor;

-- The same text under this owner's rights, as in 0013.
do $$
begin
    execute 'create or replace view reporting.closing_checklist with (security_barrier) as '
        || pg_get_viewdef('ops.closing_checklist'::regclass);
end
$$;

create or replace view reporting.ingestion_rejects with (security_barrier) as
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
    is_open
from ops.reject_states;

create or replace view reporting.reject_counts with (security_barrier) as
select
    r.source,
    r.dataset,
    r.code,
    r.rejected_at,
    r.is_open
from ops.reject_states as r
inner join ops.batches as b on r.batch_id = b.batch_id
where b.status <> 'dry_run';
comment on view reporting.reject_counts is
'One row per rejected row of a batch that was no dry run: why, and whether it still waits; nothing of what was in it.';

reset role;
