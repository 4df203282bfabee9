-- Row security of core and audit, default deny: nobody reads a table of core but its owner, the pipeline, the owner of
-- the masked views, who sees what their caller may see, and dbt, which sees all rows of the columns that it counts and sums.
-- Generated from include/privacy/policy.yaml by `python -m include.privacy.security_sql`; run whenever it has changed.

do $$
declare
    existing record;
begin
    for existing in
        select schemaname, tablename, policyname from pg_catalog.pg_policies
        where schemaname in ('core', 'audit')
    loop
        execute format(
            'drop policy %I on %I.%I', existing.policyname, existing.schemaname, existing.tablename);
    end loop;
end
$$;

revoke all on all tables in schema core, audit from
public, finance, operations, analyst, auditor, dashboard, pipeline, owner_reporting, svc_dbt;
revoke all on all sequences in schema core, audit from
public, finance, operations, analyst, auditor, dashboard, pipeline, owner_reporting, svc_dbt;

grant usage on schema core to pipeline, owner_reporting, svc_dbt;
grant usage on schema audit to owner_reporting;

alter table core.departments enable row level security;
alter table core.departments force row level security;
create policy owner_acts on core.departments to owner_core using (true) with check (true);
grant select, insert, update on core.departments to pipeline;
create policy pipeline_works on core.departments to pipeline using (true) with check (true);
grant select (
    id, code, name, cost_centre, is_active, is_unreviewed, parent_id, deleted_at
) on core.departments to svc_dbt;
create policy metrics_read on core.departments for select to svc_dbt using (true);
grant select on core.departments to owner_reporting;
create policy views_read on core.departments for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.categories enable row level security;
alter table core.categories force row level security;
create policy owner_acts on core.categories to owner_core using (true) with check (true);
grant select, insert, update on core.categories to pipeline;
create policy pipeline_works on core.categories to pipeline using (true) with check (true);
grant select (
    id, code, name, account_code, is_active, is_unreviewed, parent_id, deleted_at
) on core.categories to svc_dbt;
create policy metrics_read on core.categories for select to svc_dbt using (true);
grant select on core.categories to owner_reporting;
create policy views_read on core.categories for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.roles enable row level security;
alter table core.roles force row level security;
create policy owner_acts on core.roles to owner_core using (true) with check (true);
grant select, insert, update on core.roles to pipeline;
create policy pipeline_works on core.roles to pipeline using (true) with check (true);
grant select on core.roles to owner_reporting;
create policy views_read on core.roles for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.users enable row level security;
alter table core.users force row level security;
create policy owner_acts on core.users to owner_core using (true) with check (true);
grant select, insert, update on core.users to pipeline;
create policy pipeline_works on core.users to pipeline using (true) with check (true);
grant select (
    id, hired_on, left_on, is_active, department_id, deleted_at
) on core.users to svc_dbt;
create policy metrics_read on core.users for select to svc_dbt using (true);
grant select on core.users to owner_reporting;
create policy views_read on core.users for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.user_roles enable row level security;
alter table core.user_roles force row level security;
create policy owner_acts on core.user_roles to owner_core using (true) with check (true);
grant select, insert, update on core.user_roles to pipeline;
create policy pipeline_works on core.user_roles to pipeline using (true) with check (true);
grant select on core.user_roles to owner_reporting;
create policy views_read on core.user_roles for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.vendors enable row level security;
alter table core.vendors force row level security;
create policy owner_acts on core.vendors to owner_core using (true) with check (true);
grant select, insert, update on core.vendors to pipeline;
create policy pipeline_works on core.vendors to pipeline using (true) with check (true);
grant select (
    id, is_unreviewed, deleted_at
) on core.vendors to svc_dbt;
create policy metrics_read on core.vendors for select to svc_dbt using (true);
grant select on core.vendors to owner_reporting;
create policy views_read on core.vendors for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.donors enable row level security;
alter table core.donors force row level security;
create policy owner_acts on core.donors to owner_core using (true) with check (true);
grant select, insert, update on core.donors to pipeline;
create policy pipeline_works on core.donors to pipeline using (true) with check (true);
grant select (
    id, code, name, currency, deleted_at
) on core.donors to svc_dbt;
create policy metrics_read on core.donors for select to svc_dbt using (true);
grant select on core.donors to owner_reporting;
create policy views_read on core.donors for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.grants enable row level security;
alter table core.grants force row level security;
create policy owner_acts on core.grants to owner_core using (true) with check (true);
grant select, insert, update on core.grants to pipeline;
create policy pipeline_works on core.grants to pipeline using (true) with check (true);
grant select (
    id, code, title, currency, amount, starts_on, ends_on, status, donor_id, deleted_at
) on core.grants to svc_dbt;
create policy metrics_read on core.grants for select to svc_dbt using (true);
grant select on core.grants to owner_reporting;
create policy views_read on core.grants for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.grant_budget_lines enable row level security;
alter table core.grant_budget_lines force row level security;
create policy owner_acts on core.grant_budget_lines to owner_core using (true) with check (true);
grant select, insert, update on core.grant_budget_lines to pipeline;
create policy pipeline_works on core.grant_budget_lines to pipeline using (true) with check (true);
grant select (
    id, code, name, amount, currency, grant_id, category_id, deleted_at
) on core.grant_budget_lines to svc_dbt;
create policy metrics_read on core.grant_budget_lines for select to svc_dbt using (true);
grant select on core.grant_budget_lines to owner_reporting;
create policy views_read on core.grant_budget_lines for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.fx_rates enable row level security;
alter table core.fx_rates force row level security;
create policy owner_acts on core.fx_rates to owner_core using (true) with check (true);
grant select, insert, update on core.fx_rates to pipeline;
create policy pipeline_works on core.fx_rates to pipeline using (true) with check (true);
grant select (
    id, kind, from_currency, to_currency, valid_from, valid_to, rate, donor_id, source_version, deleted_at
) on core.fx_rates to svc_dbt;
create policy metrics_read on core.fx_rates for select to svc_dbt using (true);
grant select on core.fx_rates to owner_reporting;
create policy views_read on core.fx_rates for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.budgets enable row level security;
alter table core.budgets force row level security;
create policy owner_acts on core.budgets to owner_core using (true) with check (true);
grant select, insert, update on core.budgets to pipeline;
create policy pipeline_works on core.budgets to pipeline using (true) with check (true);
grant select (
    id, period_from, period_to, granularity, amount, currency, version, in_force_from, department_id,
    category_id, deleted_at
) on core.budgets to svc_dbt;
create policy metrics_read on core.budgets for select to svc_dbt using (true);
grant select on core.budgets to owner_reporting;
create policy views_read on core.budgets for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.expenses enable row level security;
alter table core.expenses force row level security;
create policy owner_acts on core.expenses to owner_core using (true) with check (true);
grant select, insert, update on core.expenses to pipeline;
create policy pipeline_works on core.expenses to pipeline using (true) with check (true);
grant select (
    id, origin, kind, status, spent_on, is_month_only, amount, currency, submitted_at, approved_at, paid_at,
    department_id, category_id, vendor_id, employee_id, source, batch_id, deleted_at
) on core.expenses to svc_dbt;
create policy metrics_read on core.expenses for select to svc_dbt using (true);
grant select on core.expenses to owner_reporting;
create policy views_read on core.expenses for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.expense_allocations enable row level security;
alter table core.expense_allocations force row level security;
create policy owner_acts on core.expense_allocations to owner_core using (true) with check (true);
grant select, insert, update on core.expense_allocations to pipeline;
create policy pipeline_works on core.expense_allocations to pipeline using (true) with check (true);
grant select (
    id, amount, currency, expense_id, grant_id, grant_budget_line_id, updated_at, deleted_at
) on core.expense_allocations to svc_dbt;
create policy metrics_read on core.expense_allocations for select to svc_dbt using (true);
grant select on core.expense_allocations to owner_reporting;
create policy views_read on core.expense_allocations for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.leave_applications enable row level security;
alter table core.leave_applications force row level security;
create policy owner_acts on core.leave_applications to owner_core using (true) with check (true);
grant select, insert, update on core.leave_applications to pipeline;
create policy pipeline_works on core.leave_applications to pipeline using (true) with check (true);
grant select (
    id, leave_type, status, starts_on, ends_on, is_month_only, days, hours, employee_id, deleted_at
) on core.leave_applications to svc_dbt;
create policy metrics_read on core.leave_applications for select to svc_dbt using (true);
grant select on core.leave_applications to owner_reporting;
create policy views_read on core.leave_applications for select to owner_reporting
using ((select privacy.holds('operations', 'analyst', 'auditor')));

alter table core.leave_entitlements enable row level security;
alter table core.leave_entitlements force row level security;
create policy owner_acts on core.leave_entitlements to owner_core using (true) with check (true);
grant select, insert, update on core.leave_entitlements to pipeline;
create policy pipeline_works on core.leave_entitlements to pipeline using (true) with check (true);
grant select (
    id, leave_type, year, days, employee_id, deleted_at
) on core.leave_entitlements to svc_dbt;
create policy metrics_read on core.leave_entitlements for select to svc_dbt using (true);
grant select on core.leave_entitlements to owner_reporting;
create policy views_read on core.leave_entitlements for select to owner_reporting
using ((select privacy.holds('operations', 'analyst', 'auditor')));

alter table core.sites enable row level security;
alter table core.sites force row level security;
create policy owner_acts on core.sites to owner_core using (true) with check (true);
grant select, insert, update on core.sites to pipeline;
create policy pipeline_works on core.sites to pipeline using (true) with check (true);
grant select on core.sites to owner_reporting;
create policy views_read on core.sites for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.meters enable row level security;
alter table core.meters force row level security;
create policy owner_acts on core.meters to owner_core using (true) with check (true);
grant select, insert, update on core.meters to pipeline;
create policy pipeline_works on core.meters to pipeline using (true) with check (true);
grant select on core.meters to owner_reporting;
create policy views_read on core.meters for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.meter_readings enable row level security;
alter table core.meter_readings force row level security;
create policy owner_acts on core.meter_readings to owner_core using (true) with check (true);
grant select, insert, update on core.meter_readings to pipeline;
create policy pipeline_works on core.meter_readings to pipeline using (true) with check (true);
grant select on core.meter_readings to owner_reporting;
create policy views_read on core.meter_readings for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.accounting_periods enable row level security;
alter table core.accounting_periods force row level security;
create policy owner_acts on core.accounting_periods to owner_core using (true) with check (true);
grant select, insert, update on core.accounting_periods to pipeline;
create policy pipeline_works on core.accounting_periods to pipeline using (true) with check (true);
grant select on core.accounting_periods to owner_reporting;
create policy views_read on core.accounting_periods for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'analyst', 'auditor')));

alter table core.row_versions enable row level security;
alter table core.row_versions force row level security;
create policy owner_acts on core.row_versions to owner_core using (true) with check (true);
grant select on core.row_versions to owner_reporting;
create policy views_read on core.row_versions for select to owner_reporting
using ((select privacy.holds('finance', 'operations', 'auditor')));

alter table audit.audit_log enable row level security;
alter table audit.audit_log force row level security;
create policy owner_acts on audit.audit_log to owner_audit using (true) with check (true);
grant select on audit.audit_log to owner_reporting;
create policy views_read on audit.audit_log for select to owner_reporting
using ((select privacy.holds('auditor')));
