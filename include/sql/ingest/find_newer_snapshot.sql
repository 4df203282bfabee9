select f.source_version
from ops.batches as b
inner join ops.files as f on b.file_id = f.file_id
where b.source = %(source)s and b.dataset = %(dataset)s and b.status = 'loaded' and b.is_snapshot
    and f.source_version > %(source_version)s
order by f.source_version desc
limit 1
