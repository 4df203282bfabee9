-- An empty table of the spool's shape: line, row number, identity, then the contract's fields (references as text).
create temporary table stage on commit drop as
select null::bigint as line, null::bigint as row_number, null::text as identity, {fields}
from core.{table} as t
with no data
