-- Columns of a table, and the types as binary COPY wants them: an enum and char(n) travel as text.
select
    a.attname,
    case when t.typtype = 'e' or t.typcategory = 'S' then 'text' else t.typname end as type_name
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
where a.attrelid = %(table)s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
