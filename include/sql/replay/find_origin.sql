-- The batch whose rejects were exported, known by the first digits of its id.
select b.batch_id, f.delivered_from, f.delivered_to, f.source_version, f.archive_uri, f.name, b.dataset, b.source
from ops.batches as b
inner join ops.files as f on b.file_id = f.file_id
where replace(b.batch_id::text, '-', '') like %(batch)s and b.source = %(source)s and b.dataset = %(dataset)s
order by b.collected_at
limit 1
