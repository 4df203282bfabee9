-- The masked views: what people and dashboards read instead of core and audit.
-- Generated from include/privacy/policy.yaml by `python -m include.privacy.security_sql`; run whenever it has changed.

-- As their owner, so that no view ever belongs to a superuser, whom row security does not hold.
set local role owner_reporting;

grant usage on schema reporting to finance, operations, analyst, auditor, dashboard;

delete from privacy.raw_columns;
insert into privacy.raw_columns (table_name, group_name, column_names) values
('departments', 'finance', '{
    id, code, name, cost_centre, is_active, is_unreviewed, parent_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('departments', 'operations', '{
    id, code, name, cost_centre, is_active, is_unreviewed, parent_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('departments', 'analyst', '{
    id, code, name, cost_centre, is_active, is_unreviewed, parent_id, source, source_version, batch_id,
    created_at, updated_at
}'),
('departments', 'auditor', '{
    id, code, name, cost_centre, is_active, is_unreviewed, parent_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('categories', 'finance', '{
    id, code, name, account_code, is_active, is_unreviewed, parent_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('categories', 'operations', '{
    id, code, name, account_code, is_active, is_unreviewed, parent_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('categories', 'analyst', '{
    id, code, name, account_code, is_active, is_unreviewed, parent_id, source, source_version, batch_id,
    created_at, updated_at
}'),
('categories', 'auditor', '{
    id, code, name, account_code, is_active, is_unreviewed, parent_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('roles', 'finance', '{
    id, code, name, source, source_key, source_version, batch_id, source_row, created_at, updated_at
}'),
('roles', 'operations', '{
    id, code, name, source, source_key, source_version, batch_id, source_row, created_at, updated_at
}'),
('roles', 'analyst', '{
    id, code, name, source, source_version, batch_id, created_at, updated_at
}'),
('roles', 'auditor', '{
    id, code, name, source, source_key, source_version, batch_id, source_row, created_at, updated_at
}'),
('users', 'finance', '{
    id, employee_no, full_name, job_title, monthly_salary, salary_currency, approval_limit, hired_on,
    left_on, is_active, department_id, manager_id, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('users', 'operations', '{
    id, employee_no, full_name, email, phone, job_title, approval_limit, hired_on, left_on, is_active,
    department_id, manager_id, source, source_version, batch_id, source_row, created_at, updated_at
}'),
('users', 'analyst', '{
    approval_limit, is_active, department_id, source, source_version, batch_id, created_at, updated_at
}'),
('users', 'auditor', '{
    id, employee_no, full_name, email, phone, job_title, monthly_salary, salary_currency,
    approval_limit, hired_on, left_on, is_active, department_id, manager_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('user_roles', 'finance', '{
    id, user_id, role_id, source, source_key, source_version, batch_id, source_row, created_at,
    updated_at
}'),
('user_roles', 'operations', '{
    id, user_id, role_id, source, source_version, batch_id, source_row, created_at, updated_at
}'),
('user_roles', 'analyst', '{
    role_id, source, source_version, batch_id, created_at, updated_at
}'),
('user_roles', 'auditor', '{
    id, user_id, role_id, source, source_key, source_version, batch_id, source_row, created_at,
    updated_at
}'),
('vendors', 'finance', '{
    id, code, name, tax_number, country, is_active, is_unreviewed, source, source_key, source_version,
    batch_id, source_row, created_at, updated_at
}'),
('vendors', 'operations', '{
    id, name, country, is_active, is_unreviewed, source, source_version, batch_id, source_row,
    created_at, updated_at
}'),
('vendors', 'analyst', '{
    country, is_active, is_unreviewed, source, source_version, batch_id, created_at, updated_at
}'),
('vendors', 'auditor', '{
    id, code, name, tax_number, country, is_active, is_unreviewed, source, source_key, source_version,
    batch_id, source_row, created_at, updated_at
}'),
('donors', 'finance', '{
    id, code, name, country, currency, source, source_key, source_version, batch_id, source_row,
    created_at, updated_at
}'),
('donors', 'operations', '{
    id, code, name, country, currency, source, source_key, source_version, batch_id, source_row,
    created_at, updated_at
}'),
('donors', 'analyst', '{
    id, code, name, country, currency, source, source_version, batch_id, created_at, updated_at
}'),
('donors', 'auditor', '{
    id, code, name, country, currency, source, source_key, source_version, batch_id, source_row,
    created_at, updated_at
}'),
('grants', 'finance', '{
    id, code, title, currency, amount, starts_on, ends_on, status, donor_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('grants', 'operations', '{
    id, code, title, currency, amount, starts_on, ends_on, status, donor_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('grants', 'analyst', '{
    id, code, title, currency, amount, starts_on, ends_on, status, donor_id, source, source_version,
    batch_id, created_at, updated_at
}'),
('grants', 'auditor', '{
    id, code, title, currency, amount, starts_on, ends_on, status, donor_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('grant_budget_lines', 'finance', '{
    id, code, name, amount, currency, grant_id, category_id, source, source_key, source_version,
    batch_id, source_row, created_at, updated_at
}'),
('grant_budget_lines', 'operations', '{
    id, code, name, amount, currency, grant_id, category_id, source, source_key, source_version,
    batch_id, source_row, created_at, updated_at
}'),
('grant_budget_lines', 'analyst', '{
    id, code, name, amount, currency, grant_id, category_id, source, source_version, batch_id,
    created_at, updated_at
}'),
('grant_budget_lines', 'auditor', '{
    id, code, name, amount, currency, grant_id, category_id, source, source_key, source_version,
    batch_id, source_row, created_at, updated_at
}'),
('fx_rates', 'finance', '{
    id, kind, from_currency, to_currency, valid_from, valid_to, rate, provider, donor_id, source,
    source_key, source_version, batch_id, source_row, created_at, updated_at
}'),
('fx_rates', 'operations', '{
    id, kind, from_currency, to_currency, valid_from, valid_to, rate, provider, donor_id, source,
    source_key, source_version, batch_id, source_row, created_at, updated_at
}'),
('fx_rates', 'analyst', '{
    id, kind, from_currency, to_currency, valid_from, valid_to, rate, provider, donor_id, source,
    source_version, batch_id, created_at, updated_at
}'),
('fx_rates', 'auditor', '{
    id, kind, from_currency, to_currency, valid_from, valid_to, rate, provider, donor_id, source,
    source_key, source_version, batch_id, source_row, created_at, updated_at
}'),
('budgets', 'finance', '{
    id, period_from, period_to, granularity, amount, currency, version, version_kind, in_force_from,
    note, department_id, category_id, approved_by_id, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('budgets', 'operations', '{
    id, period_from, period_to, granularity, amount, currency, version, version_kind, in_force_from,
    note, department_id, category_id, approved_by_id, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('budgets', 'analyst', '{
    id, period_from, period_to, granularity, amount, currency, version, version_kind, in_force_from,
    department_id, category_id, source, source_version, batch_id, created_at, updated_at
}'),
('budgets', 'auditor', '{
    id, period_from, period_to, granularity, amount, currency, version, version_kind, in_force_from,
    note, department_id, category_id, approved_by_id, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('expenses', 'finance', '{
    id, external_id, origin, kind, status, spent_on, is_month_only, amount, currency, description,
    cost_centre, account_code, document_no, receipt_no, submitted_at, approved_at, paid_at,
    department_id, category_id, vendor_id, employee_id, approver_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('expenses', 'operations', '{
    id, external_id, origin, kind, status, spent_on, is_month_only, amount, currency, cost_centre,
    account_code, document_no, receipt_no, submitted_at, approved_at, paid_at, department_id,
    category_id, vendor_id, employee_id, approver_id, source, source_version, batch_id, source_row,
    created_at, updated_at
}'),
('expenses', 'analyst', '{
    id, origin, kind, status, spent_on, is_month_only, amount, currency, cost_centre, account_code,
    submitted_at, approved_at, paid_at, department_id, category_id, source, source_version,
    batch_id, created_at, updated_at
}'),
('expenses', 'auditor', '{
    id, external_id, origin, kind, status, spent_on, is_month_only, amount, currency, description,
    cost_centre, account_code, document_no, receipt_no, submitted_at, approved_at, paid_at,
    department_id, category_id, vendor_id, employee_id, approver_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('expense_allocations', 'finance', '{
    id, amount, currency, expense_id, grant_id, grant_budget_line_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('expense_allocations', 'operations', '{
    id, amount, currency, expense_id, grant_id, grant_budget_line_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('expense_allocations', 'analyst', '{
    id, amount, currency, expense_id, grant_id, grant_budget_line_id, source, source_version, batch_id,
    created_at, updated_at
}'),
('expense_allocations', 'auditor', '{
    id, amount, currency, expense_id, grant_id, grant_budget_line_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('leave_applications', 'operations', '{
    id, external_id, leave_type, status, starts_on, ends_on, is_month_only, days, hours, submitted_at,
    approved_at, employee_id, approver_id, source, source_version, batch_id, source_row, created_at,
    updated_at
}'),
('leave_applications', 'analyst', '{
    status, is_month_only, days, hours, source, source_version, batch_id, created_at, updated_at
}'),
('leave_applications', 'auditor', '{
    id, external_id, leave_type, status, starts_on, ends_on, is_month_only, days, hours, reason,
    submitted_at, approved_at, employee_id, approver_id, source, source_key, source_version,
    batch_id, source_row, created_at, updated_at
}'),
('leave_entitlements', 'operations', '{
    id, leave_type, year, days, employee_id, source, source_version, batch_id, source_row, created_at,
    updated_at
}'),
('leave_entitlements', 'analyst', '{
    year, days, source, source_version, batch_id, created_at, updated_at
}'),
('leave_entitlements', 'auditor', '{
    id, leave_type, year, days, employee_id, source, source_key, source_version, batch_id, source_row,
    created_at, updated_at
}'),
('sites', 'finance', '{
    id, code, name, timezone, grid_zone, country, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('sites', 'operations', '{
    id, code, name, timezone, grid_zone, country, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('sites', 'analyst', '{
    id, code, name, timezone, grid_zone, country, source, source_version, batch_id, created_at,
    updated_at
}'),
('sites', 'auditor', '{
    id, code, name, timezone, grid_zone, country, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('meters', 'finance', '{
    id, code, kind, unit, interval_minutes, installed_on, removed_on, site_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('meters', 'operations', '{
    id, code, kind, unit, interval_minutes, installed_on, removed_on, site_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('meters', 'analyst', '{
    id, code, kind, unit, interval_minutes, installed_on, removed_on, site_id, source, source_version,
    batch_id, created_at, updated_at
}'),
('meters', 'auditor', '{
    id, code, kind, unit, interval_minutes, installed_on, removed_on, site_id, source, source_key,
    source_version, batch_id, source_row, created_at, updated_at
}'),
('meter_readings', 'finance', '{
    id, starts_at, minutes, energy_kwh, quality, meter_id, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('meter_readings', 'operations', '{
    id, starts_at, minutes, energy_kwh, quality, meter_id, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('meter_readings', 'analyst', '{
    id, starts_at, minutes, energy_kwh, quality, meter_id, source, source_version, batch_id, created_at,
    updated_at
}'),
('meter_readings', 'auditor', '{
    id, starts_at, minutes, energy_kwh, quality, meter_id, source, source_key, source_version, batch_id,
    source_row, created_at, updated_at
}'),
('accounting_periods', 'finance', '{
    id, month, status, closed_at, note, closed_by_id, created_at, updated_at
}'),
('accounting_periods', 'operations', '{
    id, month, status, closed_at, note, closed_by_id, created_at, updated_at
}'),
('accounting_periods', 'analyst', '{
    id, month, status, closed_at, created_at, updated_at
}'),
('accounting_periods', 'auditor', '{
    id, month, status, closed_at, note, closed_by_id, created_at, updated_at
}'),
('row_versions', 'finance', '{
    id, table_name, row_id, operation, ended_by_batch_id, ended_by, ended_at
}'),
('row_versions', 'operations', '{
    id, table_name, row_id, operation, ended_by_batch_id, ended_by, ended_at
}'),
('row_versions', 'auditor', '{
    id, table_name, row_id, operation, ended_by_batch_id, ended_by, ended_at
}'),
('audit_log', 'auditor', '{
    id, logged_at, actor, action, table_name, row_id, batch_id, change, previous_hash, hash
}');

drop view if exists reporting.departments;
create view reporting.departments with (security_barrier) as
select
    t.id,
    t.code,
    t.name,
    t.cost_centre,
    t.is_active,
    t.is_unreviewed,
    t.parent_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.departments as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.departments is 'core.departments as the reader may see it; the policy says who sees what.';
grant select on reporting.departments to finance, operations, analyst, auditor;

drop view if exists reporting.categories;
create view reporting.categories with (security_barrier) as
select
    t.id,
    t.code,
    t.name,
    t.account_code,
    t.is_active,
    t.is_unreviewed,
    t.parent_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.categories as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.categories is 'core.categories as the reader may see it; the policy says who sees what.';
grant select on reporting.categories to finance, operations, analyst, auditor;

drop view if exists reporting.roles;
create view reporting.roles with (security_barrier) as
select
    t.id,
    t.code,
    t.name,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.roles as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.roles is 'core.roles as the reader may see it; the policy says who sees what.';
grant select on reporting.roles to finance, operations, analyst, auditor;

drop view if exists reporting.users;
create view reporting.users with (security_barrier) as
select
    case
        when reader.finance or reader.operations or reader.auditor then t.id
        when reader.analyst then privacy.pseudonym(t.id, k.inner_key, k.outer_key)
    end as id,
    case
        when reader.finance or reader.operations or reader.auditor then t.employee_no
        when reader.analyst then privacy.pseudonym(t.employee_no, k.inner_key, k.outer_key)
    end as employee_no,
    case
        when reader.finance or reader.operations or reader.auditor then t.full_name
    end as full_name,
    case
        when reader.operations or reader.auditor then t.email
        when reader.finance then privacy.mask_email(t.email)
    end as email,
    case
        when reader.operations or reader.auditor then t.phone
        when reader.finance then privacy.mask_last_two(t.phone)
    end as phone,
    case
        when reader.finance or reader.operations or reader.auditor then t.job_title
    end as job_title,
    case
        when reader.finance or reader.auditor then t.monthly_salary
    end as monthly_salary,
    case
        when reader.finance or reader.auditor then t.salary_currency
    end as salary_currency,
    t.approval_limit,
    case
        when reader.finance or reader.operations or reader.auditor then t.hired_on
        when reader.analyst then privacy.mask_month(t.hired_on)
    end as hired_on,
    case
        when reader.finance or reader.operations or reader.auditor then t.left_on
        when reader.analyst then privacy.mask_month(t.left_on)
    end as left_on,
    t.is_active,
    t.department_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.manager_id
        when reader.analyst then privacy.pseudonym(t.manager_id, k.inner_key, k.outer_key)
    end as manager_id,
    t.source,
    case
        when reader.finance or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.users as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
cross join privacy.pseudonym_keys as k
where t.deleted_at is null;
comment on view reporting.users is 'core.users as the reader may see it; the policy says who sees what.';
grant select on reporting.users to finance, operations, analyst, auditor;

drop view if exists reporting.user_roles;
create view reporting.user_roles with (security_barrier) as
select
    case
        when reader.finance or reader.operations or reader.auditor then t.id
        when reader.analyst then privacy.pseudonym(t.id, k.inner_key, k.outer_key)
    end as id,
    case
        when reader.finance or reader.operations or reader.auditor then t.user_id
        when reader.analyst then privacy.pseudonym(t.user_id, k.inner_key, k.outer_key)
    end as user_id,
    t.role_id,
    t.source,
    case
        when reader.finance or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.user_roles as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
cross join privacy.pseudonym_keys as k
where t.deleted_at is null;
comment on view reporting.user_roles is 'core.user_roles as the reader may see it; the policy says who sees what.';
grant select on reporting.user_roles to finance, operations, analyst, auditor;

drop view if exists reporting.vendors;
create view reporting.vendors with (security_barrier) as
select
    case
        when reader.finance or reader.operations or reader.auditor then t.id
        when reader.analyst then privacy.pseudonym(t.id, k.inner_key, k.outer_key)
    end as id,
    case
        when reader.finance or reader.auditor then t.code
        when reader.analyst then privacy.pseudonym(t.code, k.inner_key, k.outer_key)
    end as code,
    case
        when reader.finance or reader.operations or reader.auditor then t.name
        when reader.analyst then privacy.pseudonym(t.name, k.inner_key, k.outer_key)
    end as name,
    case
        when reader.finance or reader.auditor then t.tax_number
    end as tax_number,
    t.country,
    t.is_active,
    t.is_unreviewed,
    t.source,
    case
        when reader.finance or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.vendors as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
cross join privacy.pseudonym_keys as k
where t.deleted_at is null;
comment on view reporting.vendors is 'core.vendors as the reader may see it; the policy says who sees what.';
grant select on reporting.vendors to finance, operations, analyst, auditor;

drop view if exists reporting.donors;
create view reporting.donors with (security_barrier) as
select
    t.id,
    t.code,
    t.name,
    t.country,
    t.currency,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.donors as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.donors is 'core.donors as the reader may see it; the policy says who sees what.';
grant select on reporting.donors to finance, operations, analyst, auditor;

drop view if exists reporting.grants;
create view reporting.grants with (security_barrier) as
select
    t.id,
    t.code,
    t.title,
    t.currency,
    t.amount,
    t.starts_on,
    t.ends_on,
    t.status,
    t.donor_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.grants as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.grants is 'core.grants as the reader may see it; the policy says who sees what.';
grant select on reporting.grants to finance, operations, analyst, auditor;

drop view if exists reporting.grant_budget_lines;
create view reporting.grant_budget_lines with (security_barrier) as
select
    t.id,
    t.code,
    t.name,
    t.amount,
    t.currency,
    t.grant_id,
    t.category_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.grant_budget_lines as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.grant_budget_lines is 'core.grant_budget_lines as the reader may see it; the policy says who sees what.';
grant select on reporting.grant_budget_lines to finance, operations, analyst, auditor;

drop view if exists reporting.fx_rates;
create view reporting.fx_rates with (security_barrier) as
select
    t.id,
    t.kind,
    t.from_currency,
    t.to_currency,
    t.valid_from,
    t.valid_to,
    t.rate,
    t.provider,
    t.donor_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.fx_rates as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.fx_rates is 'core.fx_rates as the reader may see it; the policy says who sees what.';
grant select on reporting.fx_rates to finance, operations, analyst, auditor;

drop view if exists reporting.budgets;
create view reporting.budgets with (security_barrier) as
select
    t.id,
    t.period_from,
    t.period_to,
    t.granularity,
    t.amount,
    t.currency,
    t.version,
    t.version_kind,
    t.in_force_from,
    case
        when reader.finance or reader.operations or reader.auditor then t.note
    end as note,
    t.department_id,
    t.category_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.approved_by_id
        when reader.analyst then privacy.pseudonym(t.approved_by_id, k.inner_key, k.outer_key)
    end as approved_by_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.budgets as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
cross join privacy.pseudonym_keys as k
where t.deleted_at is null;
comment on view reporting.budgets is 'core.budgets as the reader may see it; the policy says who sees what.';
grant select on reporting.budgets to finance, operations, analyst, auditor;

drop view if exists reporting.expenses;
create view reporting.expenses with (security_barrier) as
select
    t.id,
    case
        when reader.finance or reader.operations or reader.auditor then t.external_id
    end as external_id,
    t.origin,
    t.kind,
    t.status,
    t.spent_on,
    t.is_month_only,
    t.amount,
    t.currency,
    case
        when reader.finance or reader.auditor then t.description
        when reader.operations then privacy.mask_scrubbed(t.description)
    end as description,
    t.cost_centre,
    t.account_code,
    case
        when reader.finance or reader.operations or reader.auditor then t.document_no
    end as document_no,
    case
        when reader.finance or reader.operations or reader.auditor then t.receipt_no
    end as receipt_no,
    t.submitted_at,
    t.approved_at,
    t.paid_at,
    t.department_id,
    t.category_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.vendor_id
        when reader.analyst then privacy.pseudonym(t.vendor_id, k.inner_key, k.outer_key)
    end as vendor_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.employee_id
        when reader.analyst then privacy.pseudonym(t.employee_id, k.inner_key, k.outer_key)
    end as employee_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.approver_id
        when reader.analyst then privacy.pseudonym(t.approver_id, k.inner_key, k.outer_key)
    end as approver_id,
    t.source,
    case
        when reader.finance or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.expenses as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
cross join privacy.pseudonym_keys as k
where t.deleted_at is null;
comment on view reporting.expenses is 'core.expenses as the reader may see it; the policy says who sees what.';
grant select on reporting.expenses to finance, operations, analyst, auditor;

drop view if exists reporting.expense_allocations;
create view reporting.expense_allocations with (security_barrier) as
select
    t.id,
    t.amount,
    t.currency,
    t.expense_id,
    t.grant_id,
    t.grant_budget_line_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.expense_allocations as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.expense_allocations is 'core.expense_allocations as the reader may see it; the policy says who sees what.';
grant select on reporting.expense_allocations to finance, operations, analyst, auditor;

drop view if exists reporting.leave_applications;
create view reporting.leave_applications with (security_barrier) as
select
    case
        when reader.operations or reader.auditor then t.id
        when reader.analyst then privacy.pseudonym(t.id, k.inner_key, k.outer_key)
    end as id,
    case
        when reader.operations or reader.auditor then t.external_id
    end as external_id,
    case
        when reader.operations or reader.auditor then t.leave_type
    end as leave_type,
    t.status,
    case
        when reader.operations or reader.auditor then t.starts_on
        when reader.analyst then privacy.mask_month(t.starts_on)
    end as starts_on,
    case
        when reader.operations or reader.auditor then t.ends_on
        when reader.analyst then privacy.mask_month(t.ends_on)
    end as ends_on,
    t.is_month_only,
    t.days,
    t.hours,
    case
        when reader.auditor then t.reason
        when reader.operations then privacy.mask_scrubbed(t.reason)
    end as reason,
    case
        when reader.operations or reader.auditor then t.submitted_at
    end as submitted_at,
    case
        when reader.operations or reader.auditor then t.approved_at
    end as approved_at,
    case
        when reader.operations or reader.auditor then t.employee_id
        when reader.analyst then privacy.pseudonym(t.employee_id, k.inner_key, k.outer_key)
    end as employee_id,
    case
        when reader.operations or reader.auditor then t.approver_id
        when reader.analyst then privacy.pseudonym(t.approver_id, k.inner_key, k.outer_key)
    end as approver_id,
    t.source,
    case
        when reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.leave_applications as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
cross join privacy.pseudonym_keys as k
where t.deleted_at is null;
comment on view reporting.leave_applications is 'core.leave_applications as the reader may see it; the policy says who sees what.';
grant select on reporting.leave_applications to operations, analyst, auditor;

drop view if exists reporting.leave_entitlements;
create view reporting.leave_entitlements with (security_barrier) as
select
    case
        when reader.operations or reader.auditor then t.id
        when reader.analyst then privacy.pseudonym(t.id, k.inner_key, k.outer_key)
    end as id,
    case
        when reader.operations or reader.auditor then t.leave_type
    end as leave_type,
    t.year,
    t.days,
    case
        when reader.operations or reader.auditor then t.employee_id
        when reader.analyst then privacy.pseudonym(t.employee_id, k.inner_key, k.outer_key)
    end as employee_id,
    t.source,
    case
        when reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.leave_entitlements as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
cross join privacy.pseudonym_keys as k
where t.deleted_at is null;
comment on view reporting.leave_entitlements is 'core.leave_entitlements as the reader may see it; the policy says who sees what.';
grant select on reporting.leave_entitlements to operations, analyst, auditor;

drop view if exists reporting.sites;
create view reporting.sites with (security_barrier) as
select
    t.id,
    t.code,
    t.name,
    t.timezone,
    t.grid_zone,
    t.country,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.sites as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.sites is 'core.sites as the reader may see it; the policy says who sees what.';
grant select on reporting.sites to finance, operations, analyst, auditor;

drop view if exists reporting.meters;
create view reporting.meters with (security_barrier) as
select
    t.id,
    t.code,
    t.kind,
    t.unit,
    t.interval_minutes,
    t.installed_on,
    t.removed_on,
    t.site_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.meters as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.meters is 'core.meters as the reader may see it; the policy says who sees what.';
grant select on reporting.meters to finance, operations, analyst, auditor;

drop view if exists reporting.meter_readings;
create view reporting.meter_readings with (security_barrier) as
select
    t.id,
    t.starts_at,
    t.minutes,
    t.energy_kwh,
    t.quality,
    t.meter_id,
    t.source,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_key
    end as source_key,
    t.source_version,
    t.batch_id,
    case
        when reader.finance or reader.operations or reader.auditor then t.source_row
    end as source_row,
    t.created_at,
    t.updated_at
from core.meter_readings as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
where t.deleted_at is null;
comment on view reporting.meter_readings is 'core.meter_readings as the reader may see it; the policy says who sees what.';
grant select on reporting.meter_readings to finance, operations, analyst, auditor;

drop view if exists reporting.accounting_periods;
create view reporting.accounting_periods with (security_barrier) as
select
    t.id,
    t.month,
    t.status,
    t.closed_at,
    case
        when reader.finance or reader.operations or reader.auditor then t.note
    end as note,
    case
        when reader.finance or reader.operations or reader.auditor then t.closed_by_id
        when reader.analyst then privacy.pseudonym(t.closed_by_id, k.inner_key, k.outer_key)
    end as closed_by_id,
    t.created_at,
    t.updated_at
from core.accounting_periods as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('analyst') as analyst,
        privacy.holds('auditor') as auditor
    offset 0
) as reader
cross join privacy.pseudonym_keys as k;
comment on view reporting.accounting_periods is 'core.accounting_periods as the reader may see it; the policy says who sees what.';
grant select on reporting.accounting_periods to finance, operations, analyst, auditor;

drop view if exists reporting.row_versions;
create view reporting.row_versions with (security_barrier) as
select
    t.id,
    t.table_name,
    t.row_id,
    t.operation,
    t.ended_by_batch_id,
    t.ended_by,
    t.ended_at,
    case
        when reader.finance or reader.operations or reader.auditor then (
                select jsonb_object_agg(field.key, field.value)
                from jsonb_each(t.row) as field
                where exists (
                    select from privacy.raw_columns as c
                    where c.table_name = t.table_name and field.key = any(c.column_names)
                        and privacy.holds(c.group_name)
                )
            )
    end as row
from core.row_versions as t
-- Asked once per statement: OFFSET keeps the planner from asking for every row.
cross join (
    select
        privacy.holds('finance') as finance,
        privacy.holds('operations') as operations,
        privacy.holds('auditor') as auditor
    offset 0
) as reader;
comment on view reporting.row_versions is 'core.row_versions as the reader may see it; the policy says who sees what.';
grant select on reporting.row_versions to finance, operations, auditor;

drop view if exists reporting.audit_log;
create view reporting.audit_log with (security_barrier) as
select
    t.id,
    t.logged_at,
    t.actor,
    t.action,
    t.table_name,
    t.row_id,
    t.batch_id,
    t.change,
    t.previous_hash,
    t.hash
from audit.audit_log as t;
comment on view reporting.audit_log is 'audit.audit_log as the reader may see it; the policy says who sees what.';
grant select on reporting.audit_log to auditor;
