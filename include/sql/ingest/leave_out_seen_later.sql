insert into left_out (line, verdict, field, code)
select i.line, 'superseded', '', ''
from incoming as i
inner join core.{table} as t on {match}
where t.id in (select l.id from seen_later as l)
