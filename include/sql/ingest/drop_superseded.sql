-- Several versions of one row in one file: the last one counts.
insert into left_out (line, verdict, field, code)
select s.line, 'superseded', '', ''
from stage as s
inner join (
    select d.identity, max(d.line) as last_line from stage as d group by d.identity having count(*) > 1
) as repeated on s.identity = repeated.identity
where s.line < repeated.last_line
