-- The delivery that brought these bytes home under this profile version, unless it is the batch itself. A snapshot that
-- came after another one tells something, even when it is the one before again: what is gone, and what is back; the one
-- between them may still be on its way in the same run. Each delivery of the API is a call of its own, and the bytes of
-- an earlier call set a row back to what it was: only the same file, taken in once more, is the same call.
select f.name, f.delivered_from, f.delivered_to
from ops.ledger as l
inner join ops.batches as b on l.batch_id = b.batch_id
inner join ops.files as f on b.file_id = f.file_id
where l.source = %(source)s and l.dataset = %(dataset)s and l.sha256 = %(sha256)s
    and l.profile_version = %(profile_version)s and l.batch_id <> %(batch_id)s
    and (l.source <> 'api' or f.file_id = %(file_id)s)
    and not (
        b.is_snapshot and exists (
            select from ops.batches as later
            inner join ops.files as between_them on later.file_id = between_them.file_id
            where later.source = %(source)s and later.dataset = %(dataset)s
                and later.status in ('collected', 'validated', 'loaded')
                and between_them.source_version > f.source_version
                and between_them.source_version < %(source_version)s))
