insert into arriving (value, id)
select s.{key}, coalesce(t.id, ops.stable_id(%(dataset)s, %(source)s, s.identity))
from stage as s
left join core.{table} as t on s.{key} = t.{key}
