-- A file that failed in this run and was delivered again under its name does not hold the run up any more.
update ops.batches
set status = 'replaced'
where batch_id in (
    select b.batch_id
    from ops.batches as b
    inner join ops.files as f on b.file_id = f.file_id
    inner join ops.files as n
        on f.source = n.source and f.name = n.name and f.sha256 <> n.sha256 and f.first_seen_at < n.first_seen_at
    where b.dag_id = %(dag_id)s and b.run_id = %(run_id)s and b.status = 'failed'
        and (n.last_seen_at is not null or n.file_id = any(%(lying)s::uuid[]))
)
