select distinct on (w.value, w.scope) w.value, w.scope, k.id
from wanted as w
inner join (
    select u.id, lower(u.employee_no) as name_key, 0 as preference from core.users as u where u.deleted_at is null
    union all
    select u.id, lower(u.email), 1 from core.users as u where u.deleted_at is null and u.email is not null
    union all
    select a.id, lower(a.value), 2 from arriving as a
) as k on lower(w.value) = k.name_key
order by w.value, w.scope, k.preference, k.id
