-- Currencies whose sums do not add up: read = loaded + unchanged + superseded + rejected, to the cent.
select b.currency
from ops.batch_amounts as b
where b.batch_id = %(batch_id)s
    and b.amount_read <> b.amount_loaded + b.amount_unchanged + b.amount_superseded + b.amount_rejected
