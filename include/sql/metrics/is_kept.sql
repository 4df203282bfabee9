-- Whether the models that dbt keeps from run to run are there, and the views that they read.
select count(*) = 3 as is_kept
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where (n.nspname, c.relname) in (
    ('staging', 'stg_core__expenses'),
    ('intermediate', 'int_spend__by_day'),
    ('intermediate', 'int_allocations__by_month')
)
