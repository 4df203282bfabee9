-- Whom the expenses of make bench-api name.
insert into core.departments (code, name, source, source_key, source_version)
values ('FIN', 'Finance', 'bench', 'FIN', now());
insert into core.categories (code, name, source, source_key, source_version)
values ('TRAVEL', 'Travel', 'bench', 'TRAVEL', now());
insert into core.users (employee_no, full_name, source, source_key, source_version)
select 'E' || lpad(n::text, 4, '0'), 'Somebody', 'bench', n::text, now() from generate_series(0, 299) as n
