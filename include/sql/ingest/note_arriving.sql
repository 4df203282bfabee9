insert into arriving (value, id)
select s.{key}, coalesce(t.id, ops.stable_id(%(dataset)s, %(source)s, s.identity))
from stage as s
left join core.{table} as t on s.{key} = t.{key}
where not exists (select from left_out as l where l.line = s.line)
