-- The newest rejected rows that still wait; the sample is the shape of a cell, never its value.
select
    r.reject_id,
    r.rejected_at,
    r.source,
    r.dataset,
    r.file_name,
    r.row_number,
    r.field,
    r.code,
    r.sample,
    r.batch_id
from reporting.ingestion_rejects as r
where r.is_open
    and (%(source)s::text is null or r.source = %(source)s)
    and (%(code)s::text is null or r.code = %(code)s)
order by r.reject_id desc
limit %(rows)s
