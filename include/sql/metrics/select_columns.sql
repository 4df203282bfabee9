-- The columns of a mart, in order.
select a.attname as name
from pg_attribute as a
where a.attrelid = %(relation)s::regclass and a.attnum > 0 and not a.attisdropped
order by a.attnum
