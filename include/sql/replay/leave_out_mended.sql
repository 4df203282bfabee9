-- A reject is mended once: a second file that mends it comes too late. So does one that mends what goes on as a reject of
-- another file: rows of the same record may have come home with that one.
insert into left_out (line, verdict, field, code)
select distinct s.line, 'superseded', '', ''
from stage as s
inner join ops.mendings as m on m.batch_id = %(batch_id)s and s.row_number = m.row_number
inner join ops.rejects as r on m.reject_id = r.reject_id
left join ops.batches as carrier on r.carried_to_batch_id = carrier.batch_id
where r.mended_by_batch_id is not null or carrier.file_id <> %(file_id)s
on conflict (line) do nothing
