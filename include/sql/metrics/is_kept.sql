-- Whether the models that dbt keeps from run to run are there.
select count(*) = 2 as is_kept
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where n.nspname = 'intermediate' and c.relname in ('int_spend__by_day', 'int_allocations__by_month')
