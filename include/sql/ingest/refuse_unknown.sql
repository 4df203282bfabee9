insert into left_out (line, verdict, field, code)
select s.line, 'rejected', %(field)s, 'unknown_reference'
from stage as s
left join {lookup} as r on s.{field} = r.value and coalesce({scope}, '') = r.scope
where s.{field} is not null and r.id is null
on conflict (line) do nothing
