-- Rows that were mended before, and that the same bytes, read anew, bring up again: they are mended all the same.
update ops.rejects as n
set mended_by_batch_id = o.mended_by_batch_id, mended_at = o.mended_at
from ops.rejects as o
inner join ops.batches as b on o.batch_id = b.batch_id
inner join ops.files as f on b.file_id = f.file_id
where n.batch_id = %(batch_id)s and o.source = %(source)s and o.dataset = %(dataset)s and f.sha256 = %(sha256)s
    and o.batch_id <> %(batch_id)s and o.row_number = n.row_number and o.mended_by_batch_id is not null
