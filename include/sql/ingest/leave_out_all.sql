-- A newer snapshot is the whole truth already: what a delivery before it says, and core does not, is history.
insert into left_out (line, verdict, field, code)
select i.line, 'superseded', '', ''
from incoming as i
where not exists (
    select from core.{table} as t
    where {match} and t.deleted_at is null and ({current}) is not distinct from ({incoming}))
