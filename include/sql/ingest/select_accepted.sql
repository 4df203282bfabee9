select b.currency, b.amount_accepted
from ops.batch_amounts as b
where b.batch_id = %(batch_id)s
