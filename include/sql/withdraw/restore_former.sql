-- The former version of each row comes back as it stood, with the batch and the version that it had. A column that is
-- younger than the version keeps its value.
update core.{table} as t
set {assignments}
from taken_back as w
inner join core.{table} as k on w.id = k.id
cross join lateral jsonb_populate_record(k, w.former) as r
where t.id = w.id and w.verdict = 'restored'
