select distinct on (w.value, w.scope) w.value, w.scope, k.id
from wanted as w
inner join (
    select d.id, ops.name_key(d.code) as name_key, 0 as preference from core.departments as d where d.deleted_at is null
    union all
    select d.id, ops.name_key(d.name), 1 from core.departments as d where d.deleted_at is null
    union all
    select a.id, ops.name_key(a.value), 2 from arriving as a
) as k on ops.name_key(w.value) = k.name_key
order by w.value, w.scope, k.preference, k.id
