-- The delivery that brought these bytes home under this profile version, unless it is the batch itself.
select f.name, f.delivered_from, f.delivered_to
from ops.ledger as l
inner join ops.batches as b on l.batch_id = b.batch_id
inner join ops.files as f on b.file_id = f.file_id
where l.source = %(source)s and l.dataset = %(dataset)s and l.sha256 = %(sha256)s
    and l.profile_version = %(profile_version)s and l.batch_id <> %(batch_id)s
