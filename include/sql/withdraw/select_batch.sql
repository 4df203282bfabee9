-- A batch, and the other loads of the same bytes: what one of them wrote, another may have confirmed.
select
    b.batch_id, b.file_id, b.source, b.dataset, b.profile_version, b.status, b.run_id,
    b.withdrawn_at, b.withdrawn_by, b.withdrawal_batch_id, f.name,
    array(
        select twin.batch_id
        from ops.batches as twin
        inner join ops.files as same on twin.file_id = same.file_id
        where same.sha256 = f.sha256 and twin.source = b.source and twin.dataset = b.dataset and twin.status = 'loaded'
    ) as batches
from ops.batches as b
inner join ops.files as f on b.file_id = f.file_id
where b.batch_id = %(batch_id)s
