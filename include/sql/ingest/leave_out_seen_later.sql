-- What says the same as core does is no harm: it is unchanged.
insert into left_out (line, verdict, field, code)
select i.line, 'superseded', '', ''
from core.{table} as t
inner join incoming as i on {match}
where t.id in (select l.id from seen_later as l)
    and (t.deleted_at is not null or ({current}) is distinct from ({incoming}))
