-- The last twenty bits of a line tell which of its record's rows it is.
insert into ops.rejects (batch_id, source, dataset, file_name, row_number, field, code, part)
select b.batch_id, b.source, b.dataset, f.name, s.row_number, l.field, l.code, (s.line & ((1 << 20) - 1))::integer
from left_out as l
inner join stage as s on l.line = s.line
cross join ops.batches as b
inner join ops.files as f on b.file_id = f.file_id
where b.batch_id = %(batch_id)s and l.verdict = 'rejected'
