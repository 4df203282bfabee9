-- The tables of prisma/schema.prisma: types, tables, keys and indexes under the names Prisma gives them.
-- Written by `python -m prisma.generator.ddl prisma/schema.prisma --owner core=owner_core --owner audit=owner_audit`.
-- Forward only: a later change of the schema is a migration of its own (`make contract-diff` drafts it).

create type core.expense_origin as enum ('app', 'ledger');
alter type core.expense_origin owner to owner_core;

create type core.expense_kind as enum ('claim', 'payment', 'refund', 'reversal');
alter type core.expense_kind owner to owner_core;

create type core.expense_status as enum (
    'draft',
    'submitted',
    'approved',
    'rejected',
    'cancelled',
    'reimbursed',
    'posted'
);
alter type core.expense_status owner to owner_core;

create type core.leave_type as enum (
    'annual',
    'sick',
    'maternity',
    'paternity',
    'compassionate',
    'study',
    'unpaid',
    'other'
);
alter type core.leave_type owner to owner_core;

create type core.leave_status as enum ('draft', 'submitted', 'approved', 'rejected', 'cancelled', 'taken');
alter type core.leave_status owner to owner_core;

create type core.budget_version_kind as enum ('original', 'revised');
alter type core.budget_version_kind owner to owner_core;

create type core.budget_granularity as enum ('month', 'quarter', 'year');
alter type core.budget_granularity owner to owner_core;

create type core.grant_status as enum ('pipeline', 'active', 'closed', 'suspended');
alter type core.grant_status owner to owner_core;

create type core.fx_rate_kind as enum ('daily', 'monthly_average', 'donor_fixed');
alter type core.fx_rate_kind owner to owner_core;

create type core.meter_unit as enum ('kWh', 'Wh');
alter type core.meter_unit owner to owner_core;

create type core.meter_kind as enum ('interval', 'register');
alter type core.meter_kind owner to owner_core;

create type core.reading_quality as enum ('measured', 'estimated');
alter type core.reading_quality owner to owner_core;

create type core.period_status as enum ('open', 'closed', 'restated');
alter type core.period_status owner to owner_core;

create type core.row_operation as enum ('update', 'delete');
alter type core.row_operation owner to owner_core;

create table core.departments (
    id uuid not null default gen_random_uuid(),
    code varchar(64) not null,
    name varchar(200) not null,
    cost_centre varchar(64),
    is_active boolean not null default true,
    is_unreviewed boolean not null default false,
    parent_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint departments_pkey primary key (id)
);

create unique index departments_code_key
    on core.departments (code);

create unique index departments_source_source_key_key
    on core.departments (source, source_key);

create table core.categories (
    id uuid not null default gen_random_uuid(),
    code varchar(64) not null,
    name varchar(200) not null,
    account_code varchar(64),
    is_active boolean not null default true,
    is_unreviewed boolean not null default false,
    parent_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint categories_pkey primary key (id)
);

create unique index categories_code_key
    on core.categories (code);

create unique index categories_source_source_key_key
    on core.categories (source, source_key);

create table core.roles (
    id uuid not null default gen_random_uuid(),
    code varchar(64) not null,
    name varchar(200) not null,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint roles_pkey primary key (id)
);

create unique index roles_code_key
    on core.roles (code);

create unique index roles_source_source_key_key
    on core.roles (source, source_key);

create table core.users (
    id uuid not null default gen_random_uuid(),
    employee_no varchar(64) not null,
    full_name varchar(200) not null,
    email varchar(254),
    phone varchar(40),
    job_title varchar(120),
    monthly_salary decimal(14,2),
    salary_currency char(3),
    approval_limit decimal(14,2),
    hired_on date,
    left_on date,
    is_active boolean not null default true,
    bank_account bytea,
    national_id bytea,
    department_id uuid,
    manager_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint users_pkey primary key (id)
);

create unique index users_employee_no_key
    on core.users (employee_no);

create unique index users_email_key
    on core.users (email);

create unique index users_source_source_key_key
    on core.users (source, source_key);

create table core.user_roles (
    id uuid not null default gen_random_uuid(),
    user_id uuid not null,
    role_id uuid not null,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint user_roles_pkey primary key (id)
);

create unique index user_roles_source_source_key_key
    on core.user_roles (source, source_key);

create unique index user_roles_user_id_role_id_key
    on core.user_roles (user_id, role_id);

create table core.vendors (
    id uuid not null default gen_random_uuid(),
    code varchar(200) not null,
    name varchar(200) not null,
    tax_number varchar(64),
    country char(2),
    is_active boolean not null default true,
    is_unreviewed boolean not null default false,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint vendors_pkey primary key (id)
);

create unique index vendors_code_key
    on core.vendors (code);

create unique index vendors_source_source_key_key
    on core.vendors (source, source_key);

create table core.donors (
    id uuid not null default gen_random_uuid(),
    code varchar(64) not null,
    name varchar(200) not null,
    country char(2),
    currency char(3) not null,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint donors_pkey primary key (id)
);

create unique index donors_code_key
    on core.donors (code);

create unique index donors_source_source_key_key
    on core.donors (source, source_key);

create table core.grants (
    id uuid not null default gen_random_uuid(),
    code varchar(64) not null,
    title varchar(300) not null,
    currency char(3) not null,
    amount decimal(14,2) not null,
    starts_on date not null,
    ends_on date not null,
    status core.grant_status not null default 'active',
    donor_id uuid not null,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint grants_pkey primary key (id)
);

create unique index grants_code_key
    on core.grants (code);

create unique index grants_source_source_key_key
    on core.grants (source, source_key);

create table core.grant_budget_lines (
    id uuid not null default gen_random_uuid(),
    code varchar(64) not null,
    name varchar(200) not null,
    amount decimal(14,2) not null,
    currency char(3) not null,
    grant_id uuid not null,
    category_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint grant_budget_lines_pkey primary key (id)
);

create unique index grant_budget_lines_source_source_key_key
    on core.grant_budget_lines (source, source_key);

create unique index grant_budget_lines_grant_id_code_key
    on core.grant_budget_lines (grant_id, code);

create table core.fx_rates (
    id uuid not null default gen_random_uuid(),
    kind core.fx_rate_kind not null,
    from_currency char(3) not null,
    to_currency char(3) not null,
    valid_from date not null,
    valid_to date not null,
    rate decimal(18,8) not null,
    provider varchar(120) not null,
    donor_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint fx_rates_pkey primary key (id)
);

create unique index fx_rates_source_source_key_key
    on core.fx_rates (source, source_key);

create index fx_rates_from_currency_to_currency_valid_from_idx
    on core.fx_rates (from_currency, to_currency, valid_from);

create table core.budgets (
    id uuid not null default gen_random_uuid(),
    period_from date not null,
    period_to date not null,
    granularity core.budget_granularity not null default 'month',
    amount decimal(14,2) not null,
    currency char(3) not null,
    version smallint not null default 1,
    version_kind core.budget_version_kind not null default 'original',
    in_force_from date not null,
    note varchar(500),
    department_id uuid not null,
    category_id uuid,
    approved_by_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint budgets_pkey primary key (id)
);

create unique index budgets_source_source_key_key
    on core.budgets (source, source_key);

create index budgets_period_from_idx
    on core.budgets (period_from);

create table core.expenses (
    id uuid not null default gen_random_uuid(),
    external_id varchar(100),
    origin core.expense_origin not null,
    kind core.expense_kind not null,
    status core.expense_status not null,
    spent_on date not null,
    is_month_only boolean not null default false,
    amount decimal(14,2) not null,
    currency char(3) not null,
    description varchar(1000),
    cost_centre varchar(200),
    account_code varchar(64),
    document_no varchar(100),
    receipt_no varchar(100),
    submitted_at timestamptz(6),
    approved_at timestamptz(6),
    paid_at timestamptz(6),
    department_id uuid,
    category_id uuid,
    vendor_id uuid,
    employee_id uuid,
    approver_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint expenses_pkey primary key (id)
);

create unique index expenses_source_source_key_key
    on core.expenses (source, source_key);

create index expenses_spent_on_idx
    on core.expenses (spent_on);

create index expenses_department_id_spent_on_idx
    on core.expenses (department_id, spent_on);

create table core.expense_allocations (
    id uuid not null default gen_random_uuid(),
    amount decimal(14,2) not null,
    currency char(3) not null,
    expense_id uuid not null,
    grant_id uuid not null,
    grant_budget_line_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint expense_allocations_pkey primary key (id)
);

create unique index expense_allocations_source_source_key_key
    on core.expense_allocations (source, source_key);

create index expense_allocations_expense_id_idx
    on core.expense_allocations (expense_id);

create table core.leave_applications (
    id uuid not null default gen_random_uuid(),
    external_id varchar(100),
    leave_type core.leave_type not null,
    status core.leave_status not null,
    starts_on date not null,
    ends_on date not null,
    is_month_only boolean not null default false,
    days decimal(6,2),
    hours decimal(7,2),
    reason varchar(500),
    submitted_at timestamptz(6),
    approved_at timestamptz(6),
    employee_id uuid not null,
    approver_id uuid,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint leave_applications_pkey primary key (id)
);

create unique index leave_applications_source_source_key_key
    on core.leave_applications (source, source_key);

create index leave_applications_starts_on_idx
    on core.leave_applications (starts_on);

create table core.leave_entitlements (
    id uuid not null default gen_random_uuid(),
    leave_type core.leave_type not null,
    year smallint not null,
    days decimal(6,2) not null,
    employee_id uuid not null,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint leave_entitlements_pkey primary key (id)
);

create unique index leave_entitlements_source_source_key_key
    on core.leave_entitlements (source, source_key);

create unique index leave_entitlements_employee_id_leave_type_year_key
    on core.leave_entitlements (employee_id, leave_type, year);

create table core.sites (
    id uuid not null default gen_random_uuid(),
    code varchar(64) not null,
    name varchar(200) not null,
    timezone varchar(64) not null,
    grid_zone varchar(32),
    country char(2),
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint sites_pkey primary key (id)
);

create unique index sites_code_key
    on core.sites (code);

create unique index sites_source_source_key_key
    on core.sites (source, source_key);

create table core.meters (
    id uuid not null default gen_random_uuid(),
    code varchar(64) not null,
    kind core.meter_kind not null default 'interval',
    unit core.meter_unit not null default 'kWh',
    interval_minutes smallint not null default 30,
    installed_on date,
    removed_on date,
    site_id uuid not null,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint meters_pkey primary key (id)
);

create unique index meters_code_key
    on core.meters (code);

create unique index meters_source_source_key_key
    on core.meters (source, source_key);

create table core.meter_readings (
    id uuid not null default gen_random_uuid(),
    starts_at timestamptz(6) not null,
    minutes smallint not null default 30,
    energy_kwh decimal(14,4) not null,
    quality core.reading_quality not null default 'measured',
    meter_id uuid not null,
    source varchar(64) not null,
    source_key varchar(200) not null,
    source_version timestamptz(6) not null,
    batch_id uuid,
    source_row integer,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    deleted_at timestamptz(6),
    constraint meter_readings_pkey primary key (id)
);

create unique index meter_readings_source_source_key_key
    on core.meter_readings (source, source_key);

create index meter_readings_meter_id_starts_at_idx
    on core.meter_readings (meter_id, starts_at);

create table core.accounting_periods (
    id uuid not null default gen_random_uuid(),
    month date not null,
    status core.period_status not null default 'open',
    closed_at timestamptz(6),
    note varchar(500),
    closed_by_id uuid,
    created_at timestamptz(6) not null default current_timestamp,
    updated_at timestamptz(6) not null default current_timestamp,
    constraint accounting_periods_pkey primary key (id)
);

create unique index accounting_periods_month_key
    on core.accounting_periods (month);

create table core.row_versions (
    id bigserial not null,
    table_name varchar(63) not null,
    row_id uuid not null,
    operation core.row_operation not null,
    ended_by_batch_id uuid,
    ended_by varchar(63) not null,
    ended_at timestamptz(6) not null default current_timestamp,
    "row" jsonb not null,
    constraint row_versions_pkey primary key (id)
);

create index row_versions_table_name_row_id_idx
    on core.row_versions (table_name, row_id);

create index row_versions_ended_by_batch_id_idx
    on core.row_versions (ended_by_batch_id);

create table audit.audit_log (
    id bigserial not null,
    logged_at timestamptz(6) not null default current_timestamp,
    actor varchar(63) not null,
    action varchar(32) not null,
    table_name varchar(63) not null,
    row_id uuid,
    batch_id uuid,
    change jsonb,
    previous_hash bytea,
    hash bytea not null,
    constraint audit_log_pkey primary key (id)
);

create index audit_log_table_name_row_id_idx
    on audit.audit_log (table_name, row_id);

alter table core.departments
    add constraint departments_parent_id_fkey
    foreign key (parent_id) references core.departments (id)
    on delete restrict on update restrict;

alter table core.categories
    add constraint categories_parent_id_fkey
    foreign key (parent_id) references core.categories (id)
    on delete restrict on update restrict;

alter table core.users
    add constraint users_department_id_fkey
    foreign key (department_id) references core.departments (id)
    on delete restrict on update restrict;

alter table core.users
    add constraint users_manager_id_fkey
    foreign key (manager_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.user_roles
    add constraint user_roles_user_id_fkey
    foreign key (user_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.user_roles
    add constraint user_roles_role_id_fkey
    foreign key (role_id) references core.roles (id)
    on delete restrict on update restrict;

alter table core.grants
    add constraint grants_donor_id_fkey
    foreign key (donor_id) references core.donors (id)
    on delete restrict on update restrict;

alter table core.grant_budget_lines
    add constraint grant_budget_lines_grant_id_fkey
    foreign key (grant_id) references core.grants (id)
    on delete restrict on update restrict;

alter table core.grant_budget_lines
    add constraint grant_budget_lines_category_id_fkey
    foreign key (category_id) references core.categories (id)
    on delete restrict on update restrict;

alter table core.fx_rates
    add constraint fx_rates_donor_id_fkey
    foreign key (donor_id) references core.donors (id)
    on delete restrict on update restrict;

alter table core.budgets
    add constraint budgets_department_id_fkey
    foreign key (department_id) references core.departments (id)
    on delete restrict on update restrict;

alter table core.budgets
    add constraint budgets_category_id_fkey
    foreign key (category_id) references core.categories (id)
    on delete restrict on update restrict;

alter table core.budgets
    add constraint budgets_approved_by_id_fkey
    foreign key (approved_by_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.expenses
    add constraint expenses_department_id_fkey
    foreign key (department_id) references core.departments (id)
    on delete restrict on update restrict;

alter table core.expenses
    add constraint expenses_category_id_fkey
    foreign key (category_id) references core.categories (id)
    on delete restrict on update restrict;

alter table core.expenses
    add constraint expenses_vendor_id_fkey
    foreign key (vendor_id) references core.vendors (id)
    on delete restrict on update restrict;

alter table core.expenses
    add constraint expenses_employee_id_fkey
    foreign key (employee_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.expenses
    add constraint expenses_approver_id_fkey
    foreign key (approver_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.expense_allocations
    add constraint expense_allocations_expense_id_fkey
    foreign key (expense_id) references core.expenses (id)
    on delete restrict on update restrict;

alter table core.expense_allocations
    add constraint expense_allocations_grant_id_fkey
    foreign key (grant_id) references core.grants (id)
    on delete restrict on update restrict;

alter table core.expense_allocations
    add constraint expense_allocations_grant_budget_line_id_fkey
    foreign key (grant_budget_line_id) references core.grant_budget_lines (id)
    on delete restrict on update restrict;

alter table core.leave_applications
    add constraint leave_applications_employee_id_fkey
    foreign key (employee_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.leave_applications
    add constraint leave_applications_approver_id_fkey
    foreign key (approver_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.leave_entitlements
    add constraint leave_entitlements_employee_id_fkey
    foreign key (employee_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.meters
    add constraint meters_site_id_fkey
    foreign key (site_id) references core.sites (id)
    on delete restrict on update restrict;

alter table core.meter_readings
    add constraint meter_readings_meter_id_fkey
    foreign key (meter_id) references core.meters (id)
    on delete restrict on update restrict;

alter table core.accounting_periods
    add constraint accounting_periods_closed_by_id_fkey
    foreign key (closed_by_id) references core.users (id)
    on delete restrict on update restrict;

alter table core.departments owner to owner_core;
alter table core.categories owner to owner_core;
alter table core.roles owner to owner_core;
alter table core.users owner to owner_core;
alter table core.user_roles owner to owner_core;
alter table core.vendors owner to owner_core;
alter table core.donors owner to owner_core;
alter table core.grants owner to owner_core;
alter table core.grant_budget_lines owner to owner_core;
alter table core.fx_rates owner to owner_core;
alter table core.budgets owner to owner_core;
alter table core.expenses owner to owner_core;
alter table core.expense_allocations owner to owner_core;
alter table core.leave_applications owner to owner_core;
alter table core.leave_entitlements owner to owner_core;
alter table core.sites owner to owner_core;
alter table core.meters owner to owner_core;
alter table core.meter_readings owner to owner_core;
alter table core.accounting_periods owner to owner_core;
alter table core.row_versions owner to owner_core;
alter table audit.audit_log owner to owner_audit;
