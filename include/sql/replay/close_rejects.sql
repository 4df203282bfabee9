-- Rejects that this batch settles: those that its rows mend, and those of the same bytes, or of the same name when
-- nothing of it had come home. A row that was rejected again goes on as this batch's reject.
with settled as (
    select r.reject_id, m.row_number
    from ops.mendings as m
    inner join ops.rejects as r on m.reject_id = r.reject_id
    where m.batch_id = %(batch_id)s
    union
    select r.reject_id, r.row_number
    from ops.rejects as r
    inner join ops.batches as b on r.batch_id = b.batch_id
    inner join ops.files as f on b.file_id = f.file_id
    where r.source = %(source)s and r.dataset = %(dataset)s and r.batch_id <> %(batch_id)s
        and (f.sha256 = %(sha256)s or (f.name = %(name)s and b.status in ('failed', 'replaced')))
),

judged as (
    select
        s.reject_id,
        bool_or(exists (
            select from ops.rejects as n
            where n.batch_id = %(batch_id)s and n.row_number = s.row_number)) as is_still_bad
    from settled as s
    group by s.reject_id
)

update ops.rejects as r
set
    mended_by_batch_id = case when not j.is_still_bad then %(batch_id)s::uuid end,
    mended_at = case when not j.is_still_bad then now() end,
    carried_to_batch_id = case when j.is_still_bad then %(batch_id)s::uuid end
from judged as j
where r.reject_id = j.reject_id and r.mended_by_batch_id is null and r.carried_to_batch_id is null
