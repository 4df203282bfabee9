-- One batch and its way: its file in the ledger, once a run has taken it in after it was accepted.
select
    a.batch_id, a.source, a.dataset, a.kind, a.file_name, a.n_rows, a.n_refused, a.accepted_at, f.file_id,
    array(select n.prefix from ops.api_notices as n where n.batch_id = a.batch_id) as senders
from ops.api_batches as a
left join ops.files as f
    on a.source = f.source and a.file_name = f.name and a.sha256 = f.sha256 and a.accepted_at <= f.last_seen_at
where a.batch_id = %(batch_id)s
