-- A file that failed in this run and was delivered again under its name does not hold the run up any more.
update ops.batches as b
set status = 'replaced'
from ops.files as f
where b.file_id = f.file_id
    and b.dag_id = %(dag_id)s
    and b.run_id = %(run_id)s
    and b.status = 'failed'
    and exists (
        select from ops.files as n
        where n.source = f.source
            and n.name = f.name
            and n.sha256 <> f.sha256
            and n.first_seen_at > f.first_seen_at
    )
