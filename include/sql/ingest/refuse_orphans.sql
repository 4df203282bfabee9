-- Rows that refer to a row of their own batch which was refused; repeated until there are none, as each may have some.
-- Whom core has as deleted is nobody as well, when the row that would bring them back is refused.
with brought as (
    select
        coalesce(t.id, ops.stable_id(%(dataset)s, %(source)s, p.identity)) as id,
        bool_or(l.line is null) as is_taken,
        bool_or(l.verdict = 'rejected') as is_refused
    from stage as p
    left join core.{table} as t on p.{key} = t.{key}
    left join left_out as l on p.line = l.line
    group by 1
)

insert into left_out (line, verdict, field, code)
select s.line, 'rejected', %(field)s, 'unknown_reference'
from stage as s
inner join {lookup} as r on s.{field} = r.value
left join core.{table} as t on r.id = t.id
left join brought as b on r.id = b.id
where b.is_taken is not true
    and (t.id is null or (t.deleted_at is not null and b.is_refused))
on conflict (line) do nothing
