-- What a closed month's changes did to grants: kept as the figures of departments and categories are. Names stand in core,
-- since a grant that is gone from the marts may be what changed.

create table marts.grant_restatements (
    grant_restatement_id bigint generated always as identity primary key,
    restated_at timestamptz not null default now(),
    dag_id text not null,
    run_id text not null,
    month date not null,
    grant_id uuid not null,
    grant_budget_line_id uuid,
    currency text not null,
    donor_currency text not null,
    spent_original_before numeric(20, 2) not null,
    spent_original_after numeric(20, 2) not null,
    committed_original_before numeric(20, 2) not null,
    committed_original_after numeric(20, 2) not null,
    spent_before numeric(20, 2),
    spent_after numeric(20, 2),
    committed_before numeric(20, 2),
    committed_after numeric(20, 2),
    batch_ids uuid[] not null
);
comment on table marts.grant_restatements is
'One row per grant, budget line and currency of a closed month that a later run changed: before and after, in the '
'original and in the donor''s currency (null: a rate is missing); append-only.';
comment on column marts.grant_restatements.batch_ids is
'Batches that are known to have changed the month: of each dataset the last one. None where a person, a rule or the '
'rows of another month changed it.';
create index grant_restatements_month_idx on marts.grant_restatements (month);
create trigger grant_restatements_are_append_only before update or delete or truncate on marts.grant_restatements
for each statement execute function ops.refuse_change();

alter table marts.grant_restatements owner to owner_marts;
alter table marts.grant_restatements enable row level security;
alter table marts.grant_restatements force row level security;
create policy owner_acts on marts.grant_restatements to owner_marts using (true) with check (true);
create policy pipeline_works on marts.grant_restatements to pipeline using (true) with check (true);
create policy views_read on marts.grant_restatements for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));
grant select on marts.grant_restatements to owner_reporting;
grant select, insert on marts.grant_restatements to pipeline;

set local role owner_reporting;

create view reporting.grant_restatements with (security_barrier) as
select
    r.grant_restatement_id,
    r.restated_at,
    r.dag_id,
    r.run_id,
    r.month,
    r.grant_id,
    r.grant_budget_line_id,
    r.currency,
    r.donor_currency,
    r.spent_original_before,
    r.spent_original_after,
    r.committed_original_before,
    r.committed_original_after,
    r.spent_before,
    r.spent_after,
    r.committed_before,
    r.committed_after,
    r.batch_ids,
    g.code as grant_code,
    g.title as grant_title,
    l.code as budget_line_code,
    l.name as budget_line_name
from marts.grant_restatements as r
left join core.grants as g on r.grant_id = g.id
left join core.grant_budget_lines as l on r.grant_budget_line_id = l.id;
grant select on reporting.grant_restatements to finance, operations, analyst, auditor;

reset role;
