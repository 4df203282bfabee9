-- The scope is the vendor's code in the source; where it is known, the name does not count.
select distinct on (w.value, w.scope) w.value, w.scope, k.id
from wanted as w
inner join (
    select v.id, ops.name_key(v.code) as name_key, 0 as preference from core.vendors as v where v.deleted_at is null
    union all
    select v.id, ops.name_key(v.name), 1 from core.vendors as v where v.deleted_at is null
) as k on ops.name_key(coalesce(nullif(w.scope, ''), w.value)) = k.name_key and (w.scope = '' or k.preference = 0)
order by w.value, w.scope, k.preference, k.id
