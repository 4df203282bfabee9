-- A reject is mended once: a second file that mends it comes too late.
insert into left_out (line, verdict, field, code)
select distinct s.line, 'superseded', '', ''
from stage as s
inner join ops.mendings as m on m.batch_id = %(batch_id)s and s.row_number = m.row_number
inner join ops.rejects as r on m.reject_id = r.reject_id
where r.mended_by_batch_id is not null
on conflict (line) do nothing
