update ops.batch_amounts as b
set
    amount_loaded = o.loaded,
    amount_unchanged = o.unchanged,
    amount_superseded = o.superseded,
    amount_rejected = b.amount_rejected + o.rejected,
    amount_accepted = b.amount_accepted - o.rejected
from (
    select
        w.currency,
        coalesce(sum(w.amount) filter (where w.verdict in ('inserted', 'updated')), 0) as loaded,
        coalesce(sum(w.amount) filter (where w.verdict = 'unchanged'), 0) as unchanged,
        coalesce(sum(w.amount) filter (where w.verdict = 'superseded'), 0) as superseded,
        coalesce(sum(w.amount) filter (where w.verdict = 'rejected'), 0) as rejected
    from outcome as w
    where w.currency is not null
    group by w.currency
) as o
where b.batch_id = %(batch_id)s and b.currency = o.currency
