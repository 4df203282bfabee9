-- Several versions of one row in one file: the last one counts.
insert into left_out (row_number, verdict, field, code)
select s.row_number, 'superseded', '', ''
from stage as s
inner join (
    select d.identity, max(d.row_number) as last_row from stage as d group by d.identity having count(*) > 1
) as repeated on s.identity = repeated.identity
where s.row_number < repeated.last_row
