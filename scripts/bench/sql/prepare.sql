-- The rows that expenses refer to.
insert into core.departments (code, name, source, source_key, source_version)
select 'D' || n, 'Department ' || n, 'bench', 'D' || n, now() from generate_series(0, %(departments)s - 1) as n
on conflict do nothing;
insert into core.categories (code, name, source, source_key, source_version)
select 'C' || n, 'Category ' || n, 'bench', 'C' || n, now() from generate_series(0, %(categories)s - 1) as n
on conflict do nothing;
insert into core.vendors (code, name, source, source_key, source_version)
select 'V' || lpad(n::text, 4, '0'), 'Vendor ' || n, 'bench', 'V' || n, now() from generate_series(0, %(vendors)s - 1) as n
on conflict do nothing;
insert into core.users (employee_no, full_name, source, source_key, source_version)
select 'E' || lpad(n::text, 2, '0'), 'Somebody', 'bench', 'E' || n, now() from generate_series(0, %(staff)s - 1) as n
on conflict do nothing
