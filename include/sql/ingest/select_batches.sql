-- The batches of a run, oldest delivery first, so that a later version of a row is loaded after an earlier one.
select
    b.batch_id, b.source, b.dataset, b.profile_version, b.status, b.error_code, b.rows_read, b.rows_accepted, b.rows_rejected,
    b.spool_uri, b.spool_sha256, b.warnings,
    f.file_id, f.name, f.sha256, f.archive_uri, f.delivered_from, f.delivered_to, f.source_version
from ops.batches as b
inner join ops.files as f on b.file_id = f.file_id
where b.dag_id = %(dag_id)s and b.run_id = %(run_id)s
    and b.dataset = any(%(datasets)s) and b.status = any(%(statuses)s)
order by f.source_version, f.first_seen_at, f.name, b.batch_id
