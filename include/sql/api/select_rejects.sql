-- Rejects that a reader of these datasets may see, the oldest first, from a place onwards; rows of the door's own files
-- are counted as they were sent, without the header.
select
    r.reject_id, r.dataset, r.source, r.file_name, a.batch_id,
    case when r.source = 'api' then r.row_number - 1 else r.row_number end as row_number,
    r.field, r.code, r.sample, r.rejected_at, r.mended_at
from ops.rejects as r
inner join ops.batches as b on r.batch_id = b.batch_id
inner join ops.files as f on b.file_id = f.file_id
left join lateral (
    select d.batch_id
    from ops.api_batches as d
    where d.source = f.source and d.file_name = f.name and d.sha256 = f.sha256 and d.accepted_at <= b.collected_at
    order by d.accepted_at desc
    limit 1
) as a on true
where r.reject_id > %(after)s
    and (%(datasets)s::text[] is null or r.dataset = any(%(datasets)s))
    and (%(dataset)s::text is null or r.dataset = %(dataset)s)
    and (%(code)s::text is null or r.code = %(code)s)
    and (%(batch_id)s::uuid is null or a.batch_id = %(batch_id)s)
order by r.reject_id
limit %(most)s
