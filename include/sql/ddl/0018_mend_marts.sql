-- A grant's figures to date are empty from the first month on in which a share has no rate: they are not known.
alter table marts.grant_burn
alter column spent_to_date drop not null,
alter column committed_to_date drop not null,
alter column unspent drop not null,
drop constraint grant_burn_status_check,
add constraint grant_burn_status_check check (
    status in ('on_track', 'fast', 'slow', 'over', 'not_started', 'ended', 'rate_missing')
);
comment on table marts.grant_burn is
'One row per month, grant and budget line (null: charged to no line), in the donor''s currency, from the grant''s '
'first month to its last, or to the last month with expenses where that comes first. Shares without a rate are left out '
'of the month''s sums and counted in n_rates_missing; from that month on, all that depends on the sums to date is null.';

-- A run that is cleared may close, reopen or restate a month anew: each change is an event.
alter table ops.period_events drop constraint period_events_month_event_dag_id_run_id_key;

comment on table marts.restatements is
'One row per figure of a closed month that a later run changed: before and after; append-only.';
comment on column marts.restatements.batch_ids is
'Batches that are known to have changed the month: of each dataset the last one. None where a person, a rule or the '
'rows of another month changed it.';

comment on table marts.headcount is
'One row per month and department, to the last month in which anything was spent or committed: staff at the month''s '
'end, who joined, who left.';

-- The batch that takes another one back brings nothing, and counts for nothing in ingestion_quality.
grant select (withdrawal_batch_id) on ops.batches to svc_dbt;

-- Readers of aggregates see no amount of fewer than three rows, as in reporting.spend_overview.
set local role owner_reporting;

create or replace view reporting.fx_coverage with (security_barrier) as
with reader as materialized (
    select privacy.holds('finance', 'operations', 'analyst', 'auditor') as is_staff
)

select
    f.month,
    f.from_currency,
    f.to_currency,
    f.purpose,
    f.donor_id,
    case when reader.is_staff or f.n_rows >= 3 then f.n_rows end as n_rows,
    case when reader.is_staff or f.n_rows >= 3 then f.amount_original end::numeric(20, 2) as amount_original,
    f.rate,
    f.rate_kind,
    f.rate_on,
    f.is_missing,
    n.code as donor_code,
    n.name as donor_name,
    not reader.is_staff and f.n_rows < 3 as is_withheld
from marts.fx_coverage as f
left join core.donors as n on f.donor_id = n.id
cross join reader;

reset role;
