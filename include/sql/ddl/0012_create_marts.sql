-- What the metrics are published into. dbt builds and tests in schemas of its own; the publishing task refills the
-- tables below in one transaction, so that readers see whole figures, and rights and row security stay as they are.
--
-- Facts hold keys only; names stand in the dimensions, which are few and refilled whole. Sums in the base currency are
-- null where the rate of the month is missing: is_rate_missing says so, marts.fx_coverage lists what is missing.

-- dbt's own rooms: whatever is in them can be made anew.
create schema marts_build authorization owner_marts;
comment on schema marts_build is 'dbt: the marts as built and tested last, not yet published; nobody reads them but the publishing task.';
grant usage, create on schema staging, intermediate, marts_build to svc_dbt;
grant usage on schema marts_build to pipeline;
comment on schema marts is 'What reports and models read: published by transform_metrics, owned by migrations.';

-- Dimensions

create table marts.departments (
    department_id uuid primary key,
    code text not null,
    name text not null,
    cost_centre text,
    parent_id uuid,
    is_active boolean not null,
    is_unreviewed boolean not null
);
comment on table marts.departments is 'One row per department.';

create table marts.categories (
    category_id uuid primary key,
    code text not null,
    name text not null,
    account_code text,
    parent_id uuid,
    is_active boolean not null,
    is_unreviewed boolean not null
);
comment on table marts.categories is 'One row per expense category.';

create table marts.grants (
    grant_id uuid primary key,
    code text not null,
    title text not null,
    donor_id uuid not null,
    donor_code text not null,
    donor_name text not null,
    currency text not null,
    amount numeric(20, 2) not null,
    starts_on date not null,
    ends_on date not null,
    status text not null
);
comment on table marts.grants is 'One row per grant, with its donor.';

create table marts.grant_budget_lines (
    grant_budget_line_id uuid primary key,
    grant_id uuid not null,
    code text not null,
    name text not null,
    category_id uuid,
    amount numeric(20, 2) not null,
    currency text not null
);
comment on table marts.grant_budget_lines is 'One row per line of a grant''s budget.';

-- Facts: refilled by month

create table marts.expense_facts (
    expense_id uuid primary key,
    month date not null,
    spent_on date not null,
    is_month_only boolean not null,
    fiscal_year smallint not null,
    origin text not null,
    kind text not null,
    status text not null,
    measure text not null check (measure in ('spent', 'committed', 'neither')),
    department_id uuid,
    category_id uuid,
    vendor_id uuid,
    amount numeric(14, 2) not null,
    currency text not null,
    rate numeric(18, 8),
    rate_kind text,
    amount_base numeric(20, 2),
    base_currency text not null,
    is_rate_missing boolean not null,
    submitted_at timestamptz,
    approved_at timestamptz,
    paid_at timestamptz,
    days_to_approve numeric(12, 2),
    days_to_pay numeric(12, 2),
    n_allocations integer not null,
    allocated_amount numeric(20, 2) not null,
    source text not null,
    batch_id uuid
);
comment on table marts.expense_facts is
'One row per expense that is not deleted, with what it counts as (measure) and its amount in the base currency.';
create index expense_facts_month_idx on marts.expense_facts (month, department_id, category_id);
create index expense_facts_vendor_idx on marts.expense_facts (vendor_id, month);
create index expense_facts_open_idx on marts.expense_facts (submitted_at) where measure = 'committed' or status = 'approved';

create table marts.allocation_facts (
    allocation_id uuid primary key,
    expense_id uuid not null,
    month date not null,
    spent_on date not null,
    measure text not null check (measure in ('spent', 'committed', 'neither')),
    grant_id uuid not null,
    grant_budget_line_id uuid,
    amount numeric(14, 2) not null,
    currency text not null,
    donor_currency text not null,
    rate numeric(24, 12),
    rate_kind text,
    amount_donor numeric(20, 2),
    is_rate_missing boolean not null,
    is_in_window boolean not null
);
comment on table marts.allocation_facts is
'One row per share of an expense that a grant bears, in the donor''s currency at the donor''s rate, else the month''s.';
create index allocation_facts_month_idx on marts.allocation_facts (month);
create index allocation_facts_expense_idx on marts.allocation_facts (expense_id);
create index allocation_facts_grant_idx on marts.allocation_facts (grant_id, month);

create table marts.vendor_spend (
    month date not null,
    vendor_id uuid,
    department_id uuid,
    category_id uuid,
    currency text not null,
    n_expenses integer not null,
    spend_original numeric(20, 2) not null,
    spend numeric(20, 2),
    base_currency text not null,
    is_rate_missing boolean not null,
    unique nulls not distinct (month, vendor_id, department_id, category_id, currency)
);
comment on table marts.vendor_spend is 'One row per month, vendor, department, category and currency in which something was spent.';

create table marts.reimbursement_times (
    month date not null,
    department_id uuid,
    category_id uuid,
    n_claims integer not null,
    n_open integer not null,
    n_submitted integer not null,
    n_approved integer not null,
    n_paid integer not null,
    n_rejected integer not null,
    n_people integer not null,
    days_to_approve_median numeric(12, 2),
    days_to_approve_p90 numeric(12, 2),
    days_approve_to_pay_median numeric(12, 2),
    days_approve_to_pay_p90 numeric(12, 2),
    days_to_pay_median numeric(12, 2),
    days_to_pay_p90 numeric(12, 2),
    unique nulls not distinct (month, department_id, category_id)
);
comment on table marts.reimbursement_times is
'One row per month, department and category with claims from the app: how long approval and payment took, in days.';

create table marts.spend_overview (
    month date not null,
    department_id uuid,
    fiscal_year smallint not null,
    spend numeric(20, 2),
    committed numeric(20, 2),
    base_currency text not null,
    n_expenses integer not null,
    n_people integer not null,
    is_rate_missing boolean not null,
    unique nulls not distinct (month, department_id)
);
comment on table marts.spend_overview is
'One row per month and department with spending: what groups of three or more people spent, for readers of aggregates.';

-- Figures: compared whole, only rows that differ are written

create table marts.monthly_spend_vs_budget (
    month date not null,
    department_id uuid,
    category_id uuid,
    currency text not null,
    fiscal_year smallint not null,
    fiscal_month smallint not null check (fiscal_month between 1 and 12),
    n_expenses integer not null,
    spend_original numeric(20, 2) not null,
    committed_original numeric(20, 2) not null,
    budget_original numeric(20, 2) not null,
    has_budget boolean not null,
    base_currency text not null,
    rate numeric(18, 8),
    rate_kind text,
    is_rate_missing boolean not null,
    spend numeric(20, 2),
    committed numeric(20, 2),
    budget numeric(20, 2),
    variance numeric(20, 2),
    variance_pct numeric(20, 6),
    share_used numeric(20, 6),
    spend_ytd numeric(20, 2),
    committed_ytd numeric(20, 2),
    budget_ytd numeric(20, 2),
    variance_ytd numeric(20, 2),
    run_rate numeric(20, 2),
    budget_rate numeric(18, 8),
    spend_at_budget_rate numeric(20, 2),
    fx_effect numeric(20, 2),
    status text not null check (
        status in ('within', 'near', 'over', 'unspent', 'no_budget', 'department_budget', 'rate_missing')
    ),
    unique nulls not distinct (month, department_id, category_id, currency)
);
comment on table marts.monthly_spend_vs_budget is
'One row per month, department, category and currency, from the first month of the fiscal year with any to its last. '
'Money adds up over rows; variance_pct, share_used and status are those of the whole cell (month, department, category) '
'and are alike on each of its rows.';

create table marts.annual_spend_vs_budget (
    fiscal_year smallint not null,
    starts_on date not null,
    ends_on date not null,
    department_id uuid,
    category_id uuid,
    currency text not null,
    n_expenses integer not null,
    spend_original numeric(20, 2) not null,
    committed_original numeric(20, 2) not null,
    budget_original numeric(20, 2) not null,
    has_budget boolean not null,
    base_currency text not null,
    is_rate_missing boolean not null,
    spend numeric(20, 2),
    committed numeric(20, 2),
    budget numeric(20, 2),
    variance numeric(20, 2),
    variance_pct numeric(20, 6),
    share_used numeric(20, 6),
    fx_effect numeric(20, 2),
    status text not null check (
        status in ('within', 'near', 'over', 'unspent', 'no_budget', 'department_budget', 'rate_missing')
    ),
    unique nulls not distinct (fiscal_year, department_id, category_id, currency)
);
comment on table marts.annual_spend_vs_budget is
'One row per fiscal year (named after the year in which it ends), department, category and currency; adds up as '
'marts.monthly_spend_vs_budget does.';

create table marts.grant_burn (
    month date not null,
    grant_id uuid not null,
    grant_budget_line_id uuid,
    currency text not null,
    budget numeric(20, 2) not null,
    spent numeric(20, 2) not null,
    committed numeric(20, 2) not null,
    spent_to_date numeric(20, 2) not null,
    committed_to_date numeric(20, 2) not null,
    unspent numeric(20, 2) not null,
    share_used numeric(20, 6),
    months_elapsed integer not null,
    months_total integer not null,
    share_of_time numeric(20, 6) not null,
    burn_rate numeric(20, 2),
    projected_spend numeric(20, 2),
    projected_unspent numeric(20, 2),
    eligible_from date not null,
    eligible_to date not null,
    spent_outside_window numeric(20, 2) not null,
    n_rates_missing integer not null,
    status text not null check (status in ('on_track', 'fast', 'slow', 'over', 'not_started', 'ended')),
    unique nulls not distinct (month, grant_id, grant_budget_line_id)
);
comment on table marts.grant_burn is
'One row per month, grant and budget line (null: charged to no line), in the donor''s currency, from the grant''s first '
'month to its last, or to the last month with expenses where that comes first. Shares without a rate are left out of '
'the sums and counted in n_rates_missing.';

create table marts.donor_report (
    grant_id uuid not null,
    grant_budget_line_id uuid,
    month date not null,
    currency text not null,
    donor_currency text not null,
    n_expenses integer not null,
    spent_original numeric(20, 2) not null,
    committed_original numeric(20, 2) not null,
    rate numeric(24, 12),
    rate_kind text,
    spent numeric(20, 2),
    committed numeric(20, 2),
    is_rate_missing boolean not null,
    unique nulls not distinct (grant_id, grant_budget_line_id, month, currency, rate, rate_kind)
);
comment on table marts.donor_report is
'One row per grant, budget line, month, currency and rate with expenses: what was spent, the rate it was converted at, and '
'that rate''s kind.';

create table marts.daily_spend (
    day date not null,
    month date not null,
    department_id uuid,
    category_id uuid,
    currency text not null,
    n_expenses integer not null,
    spend_original numeric(20, 2) not null,
    spend numeric(20, 2),
    base_currency text not null,
    is_rate_missing boolean not null,
    unique nulls not distinct (day, department_id, category_id, currency)
);
comment on table marts.daily_spend is
'One row per day, department, category and currency, without a gap and 0 where nothing was spent: from the first day of '
'the series'' first month to the last day with any spending, at most three months after its own last month. Expenses of '
'which the month only is known are left out.';
create index daily_spend_series_idx on marts.daily_spend (department_id, category_id, currency, day);

create table marts.monthly_spend (
    month date not null,
    department_id uuid,
    category_id uuid,
    currency text not null,
    fiscal_year smallint not null,
    n_expenses integer not null,
    spend_original numeric(20, 2) not null,
    spend numeric(20, 2),
    base_currency text not null,
    is_rate_missing boolean not null,
    is_complete boolean not null,
    unique nulls not distinct (month, department_id, category_id, currency)
);
comment on table marts.monthly_spend is
'One row per month, department, category and currency, without a gap and 0 where nothing was spent: from the series'' first '
'month to the last with any spending, at most a year after its own last; is_complete is false for the month in which the '
'last day with spending lies.';

create table marts.leave_usage (
    month date not null,
    department_id uuid,
    leave_type text not null,
    n_people integer not null,
    n_applications integer not null,
    days_approved numeric(12, 2) not null,
    days_requested numeric(12, 2) not null,
    n_staff integer not null,
    workdays integer not null,
    staff_days numeric(12, 2) not null,
    absence_rate numeric(20, 6),
    max_overlap integer not null,
    entitlement_days numeric(12, 2) not null,
    days_used_ytd numeric(12, 2) not null,
    balance_days numeric(12, 2),
    unique nulls not distinct (month, department_id, leave_type)
);
comment on table marts.leave_usage is
'One row per month, department and kind of leave with applications or entitlement: working days, without weekends and '
'public holidays; entitlement and balance are those of the calendar year.';

create table marts.headcount (
    month date not null,
    department_id uuid,
    n_staff integer not null,
    n_joined integer not null,
    n_left integer not null,
    staff_days numeric(12, 2) not null,
    unique nulls not distinct (month, department_id)
);
comment on table marts.headcount is 'One row per month and department: staff at the month''s end, who joined, who left.';

create table marts.ingestion_quality (
    hour timestamptz not null,
    source text not null,
    dataset text not null,
    n_batches integer not null,
    n_loaded integer not null,
    n_duplicate integer not null,
    n_failed integer not null,
    rows_read bigint not null,
    rows_loaded bigint not null,
    rows_unchanged bigint not null,
    rows_superseded bigint not null,
    rows_rejected bigint not null,
    success_rate numeric(20, 6),
    failure_rate numeric(20, 6),
    reject_rate numeric(20, 6),
    reject_codes jsonb not null,
    last_loaded_at timestamptz,
    newest_period_to date,
    lateness_days numeric(12, 2),
    seconds numeric(14, 3) not null,
    primary key (hour, source, dataset)
);
comment on table marts.ingestion_quality is
'One row per hour (UTC), source and dataset with batches: outcomes, rows, reject codes, how late the deliveries were.';

create table marts.fx_coverage (
    month date not null,
    from_currency text not null,
    to_currency text not null,
    purpose text not null check (purpose in ('base', 'budget', 'grant')),
    donor_id uuid,
    n_rows integer not null,
    amount_original numeric(20, 2) not null,
    rate numeric(24, 12),
    rate_kind text,
    rate_on date,
    is_missing boolean not null,
    unique nulls not distinct (month, from_currency, to_currency, purpose, donor_id)
);
comment on table marts.fx_coverage is
'One row per month and pair of currencies that something has to be converted between: the rate that was used, or that it '
'is missing.';

-- What changed in closed months

create table marts.restatements (
    restatement_id bigint generated always as identity primary key,
    restated_at timestamptz not null default now(),
    dag_id text not null,
    run_id text not null,
    month date not null,
    department_id uuid,
    category_id uuid,
    currency text not null,
    spend_original_before numeric(20, 2) not null,
    spend_original_after numeric(20, 2) not null,
    committed_original_before numeric(20, 2) not null,
    committed_original_after numeric(20, 2) not null,
    budget_original_before numeric(20, 2) not null,
    budget_original_after numeric(20, 2) not null,
    spend_before numeric(20, 2),
    spend_after numeric(20, 2),
    budget_before numeric(20, 2),
    budget_after numeric(20, 2),
    base_currency text not null,
    batch_ids uuid[] not null
);
comment on table marts.restatements is
'One row per figure of a closed month that a later run changed: before and after, and the batches that changed the month '
'since it was published last; append-only.';
create index restatements_month_idx on marts.restatements (month);
create trigger restatements_are_append_only before update or delete or truncate on marts.restatements
for each statement execute function ops.refuse_change();

-- The books of building and closing

create table ops.metric_builds (
    build_id uuid primary key default gen_random_uuid(),
    dag_id text not null,
    run_id text not null,
    attempt integer not null,
    status text not null default 'building' check (status in ('building', 'built', 'failed', 'published')),
    error_code text,
    is_full boolean not null,
    months date[] not null,
    fingerprint text not null,
    work jsonb not null default '[]',
    started_at timestamptz not null default now(),
    built_at timestamptz,
    published_at timestamptz,
    rows_written bigint not null default 0,
    seconds numeric(12, 3) not null default 0
);
comment on table ops.metric_builds is 'One row per attempt to build the marts: which months, of which models (fingerprint), what became of it.';
comment on column ops.metric_builds.work is 'The affected periods that the build covers, [dataset, month, version]: publishing moves the cursor there.';
create index metric_builds_run_idx on ops.metric_builds (dag_id, run_id);
create index metric_builds_recent_idx on ops.metric_builds (started_at);

create table ops.metric_build_nodes (
    build_id uuid not null references ops.metric_builds,
    node text not null,
    kind text not null,
    status text not null,
    severity text,
    n_failures bigint,
    n_rows bigint,
    seconds numeric(12, 3) not null,
    finished_at timestamptz not null default now(),
    primary key (build_id, node)
);
comment on table ops.metric_build_nodes is 'What became of each model and test of a build; n_failures counts rows, and no row is kept.';

create table ops.period_events (
    period_event_id bigint generated always as identity primary key,
    month date not null check (extract(day from month) = 1),
    event text not null check (event in ('closed', 'reopened', 'restated')),
    done_by text not null,
    done_at timestamptz not null default now(),
    dag_id text not null,
    run_id text not null,
    checklist jsonb not null default '{}',
    unique (month, event, dag_id, run_id)
);
comment on table ops.period_events is 'Who closed and reopened which month, and when a closed one was restated; append-only.';
create trigger period_events_are_append_only before update or delete or truncate on ops.period_events
for each statement execute function ops.refuse_change();

create table ops.holidays (
    day date primary key,
    name text not null
);
comment on table ops.holidays is 'Public holidays of the organisation''s country, written before each build from the library of holidays.';

-- Counted with the owner's eyes: dbt compares what it sees, so that hidden rows cannot pass its tests.
create function core.count_live_rows() returns table (table_name text, n_rows bigint)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    for table_name in
        select c.relname::text
        from pg_class as c
        inner join pg_attribute as a on c.oid = a.attrelid and a.attname = 'deleted_at' and not a.attisdropped
        where c.relnamespace = 'core'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        order by 1
    loop
        execute format('select count(*) from core.%I where deleted_at is null', table_name) into n_rows;
        return next;
    end loop;
end
$$;
comment on function core.count_live_rows() is 'How many rows each table of core has that are not deleted, whoever asks.';
alter function core.count_live_rows() owner to owner_core;
revoke all on function core.count_live_rows() from public;
grant execute on function core.count_live_rows() to svc_dbt;

-- Owners, row security, rights

alter table ops.metric_builds owner to owner_core;
alter table ops.metric_build_nodes owner to owner_core;
alter table ops.period_events owner to owner_core;
alter table ops.holidays owner to owner_core;
grant usage on schema ops to svc_dbt, owner_reporting;
grant select on ops.holidays to svc_dbt;
grant select (
    batch_id, file_id, source, dataset, status, error_code, period_from, period_to, rows_read, rows_loaded, rows_unchanged,
    rows_superseded, rows_rejected, collected_at, finished_at, seconds
) on ops.batches to svc_dbt;
grant select (file_id, delivered_from, delivered_to, first_seen_at) on ops.files to svc_dbt;
grant select (reject_id, batch_id, code) on ops.rejects to svc_dbt;
grant select, insert, update on ops.metric_builds, ops.metric_build_nodes to pipeline;
grant select, insert on ops.period_events to pipeline;
grant select, insert, delete on ops.holidays to pipeline;
grant select on ops.metric_builds, ops.metric_build_nodes, ops.period_events to auditor, svc_exporter;

grant usage on schema marts to pipeline, owner_reporting;

do $$
declare
    everybody constant text := $q$'finance', 'operations', 'analyst', 'auditor', 'dashboard'$q$;
    staff constant text := $q$'finance', 'operations', 'analyst', 'auditor'$q$;
    mart record;
begin
    for mart in
        select * from (values
            ('departments', everybody),
            ('categories', everybody),
            ('grants', staff),
            ('grant_budget_lines', staff),
            ('expense_facts', staff),
            ('allocation_facts', staff),
            ('vendor_spend', staff),
            ('reimbursement_times', staff),
            ('spend_overview', everybody),
            ('monthly_spend_vs_budget', staff),
            ('annual_spend_vs_budget', staff),
            ('grant_burn', staff),
            ('donor_report', staff),
            ('daily_spend', staff),
            ('monthly_spend', staff),
            ('leave_usage', $q$'operations', 'auditor'$q$),
            ('headcount', everybody),
            ('ingestion_quality', everybody),
            ('fx_coverage', everybody),
            ('restatements', staff)
        ) as marts (name, readers)
    loop
        execute format('alter table marts.%I owner to owner_marts', mart.name);
        execute format('alter table marts.%I enable row level security', mart.name);
        execute format('alter table marts.%I force row level security', mart.name);
        execute format('create policy owner_acts on marts.%I to owner_marts using (true) with check (true)', mart.name);
        execute format('create policy pipeline_works on marts.%I to pipeline using (true) with check (true)', mart.name);
        execute format(
            'create policy views_read on marts.%I for select to owner_reporting using ((select privacy.holds(%s)))',
            mart.name, mart.readers);
        execute format('grant select on marts.%I to owner_reporting', mart.name);
        execute format(
            'grant select, insert%s on marts.%I to pipeline',
            case when mart.name = 'restatements' then '' else ', update, delete' end, mart.name);
    end loop;
end
$$;

-- A period is closed and reopened by a run of the pipeline, which row_security.sql lets write core.accounting_periods.

-- What should be settled before a month is closed. Runs with its reader's rights: the pipeline asks it before it closes a
-- month; a view of reporting is made from the same text for people.
create view ops.closing_checklist with (security_invoker) as
with months as (
    select distinct f.month from marts.expense_facts as f
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
    select f.month, count(distinct f.vendor_id)::integer as n
    from marts.expense_facts as f
    inner join core.vendors as v on f.vendor_id = v.id
    where v.is_unreviewed and v.deleted_at is null and f.measure = 'spent'
    group by f.month
),

claims as (
    select f.month, count(*)::integer as n
    from marts.expense_facts as f
    where f.measure = 'committed'
    group by f.month
),

rejects as (
    select m.month, count(*)::integer as n
    from ops.rejects as r
    inner join ops.batches as b on r.batch_id = b.batch_id
    inner join ops.files as o on b.file_id = o.file_id
    inner join months as m
        on m.month between date_trunc('month', coalesce(b.period_from, o.delivered_from)::timestamp)
            and coalesce(b.period_to, o.delivered_to)
    where r.mended_by_batch_id is null
        and r.carried_to_batch_id is null
        and b.status not in ('withdrawn', 'dry_run', 'replaced')
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
comment on view ops.closing_checklist is 'One row per month: whether it is closed, and what should be settled before it is.';
alter view ops.closing_checklist owner to owner_core;
grant select on ops.closing_checklist to pipeline;
