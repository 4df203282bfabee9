insert into ops.ledger (source, dataset, sha256, profile_version, batch_id)
select b.source, b.dataset, f.sha256, b.profile_version, b.batch_id
from ops.batches as b
inner join ops.files as f on b.file_id = f.file_id
where b.batch_id = %(batch_id)s
on conflict (source, dataset, sha256, profile_version) do update
set batch_id = excluded.batch_id, loaded_at = now()
