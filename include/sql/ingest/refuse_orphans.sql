-- Rows that refer to a row of their own batch which was refused; repeated until there are none, as each may have some.
insert into left_out (line, verdict, field, code)
select s.line, 'rejected', %(field)s, 'unknown_reference'
from stage as s
inner join {lookup} as r on s.{field} = r.value
where not exists (select from core.{table} as t where t.id = r.id)
    and not exists (
        select from stage as p
        where ops.stable_id(%(dataset)s, %(source)s, p.identity) = r.id
            and not exists (select from left_out as l where l.line = p.line)
    )
on conflict (line) do nothing
