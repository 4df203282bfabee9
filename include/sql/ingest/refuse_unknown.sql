insert into left_out (row_number, verdict, field, code)
select s.row_number, 'rejected', %(field)s, 'unknown_reference'
from stage as s
left join {lookup} as r on s.{field} = r.value and coalesce({scope}, '') = r.scope
where s.{field} is not null and r.id is null
on conflict (row_number) do nothing
