-- Whom the expenses of make bench-metrics are about: 8 departments, 12 categories, 2,000 vendors, 60 people, 4 grants,
-- rates and budgets of 24 months.
insert into core.departments (id, code, name, source, source_key, source_version)
select ops.stable_id('departments', 'bench', n::text), 'D' || n, 'Department ' || n, 'bench', n::text, now()
from generate_series(0, 7) as n;

insert into core.categories (id, code, name, source, source_key, source_version)
select ops.stable_id('categories', 'bench', n::text), 'C' || n, 'Category ' || n, 'bench', n::text, now()
from generate_series(0, 11) as n;

insert into core.vendors (id, code, name, source, source_key, source_version)
select ops.stable_id('vendors', 'bench', n::text), 'V' || n, 'Vendor ' || n, 'bench', n::text, now()
from generate_series(0, 1999) as n;

insert into core.users (id, employee_no, full_name, hired_on, department_id, source, source_key, source_version)
select
    ops.stable_id('users', 'bench', n::text), 'E' || n, 'Person ' || n, date '2020-01-01',
    ops.stable_id('departments', 'bench', (n % 8)::text), 'bench', n::text, now()
from generate_series(0, 59) as n;

insert into core.donors (id, code, name, currency, source, source_key, source_version)
select ops.stable_id('donors', 'bench', n::text), 'DN' || n, 'Donor ' || n, 'EUR', 'bench', n::text, now()
from generate_series(0, 1) as n;

insert into core.grants (id, code, title, currency, amount, starts_on, ends_on, donor_id, source, source_key, source_version)
select
    ops.stable_id('grants', 'bench', n::text), 'G' || n, 'Grant ' || n, 'EUR', 9000000, date '2024-11-01',
    date '2027-10-31', ops.stable_id('donors', 'bench', (n % 2)::text), 'bench', n::text, now()
from generate_series(0, 3) as n;

insert into core.grant_budget_lines (id, code, name, amount, currency, grant_id, source, source_key, source_version)
select
    ops.stable_id('lines', 'bench', n::text), 'L' || n, 'Line ' || n, 900000, 'EUR',
    ops.stable_id('grants', 'bench', (n % 4)::text), 'bench', n::text, now()
from generate_series(0, 39) as n;

insert into core.fx_rates (
    kind, from_currency, to_currency, valid_from, valid_to, rate, provider, source, source_key, source_version
)
select
    'monthly_average', c.code, 'KES', m.month, m.month + interval '1 month' - interval '1 day', c.rate, 'bench', 'bench',
    c.code || m.month, now()
from generate_series(timestamp '2024-11-01', timestamp '2026-10-01', interval '1 month') as m (month)
cross join (values ('USD', 129.5), ('EUR', 146.5)) as c (code, rate);

insert into core.budgets (
    period_from, period_to, amount, currency, in_force_from, department_id, category_id, source, source_key, source_version
)
select
    m.month, m.month + interval '1 month' - interval '1 day', 1000000, 'KES', m.month,
    ops.stable_id('departments', 'bench', d::text), ops.stable_id('categories', 'bench', c::text), 'bench',
    concat_ws('|', d, c, m.month), now()
from generate_series(timestamp '2024-11-01', timestamp '2026-10-01', interval '1 month') as m (month)
cross join generate_series(0, 7) as d
cross join generate_series(0, 11) as c;
