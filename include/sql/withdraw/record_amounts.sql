insert into ops.batch_amounts (batch_id, currency, amount_loaded)
select %(withdrawal)s, o.currency, sum(o.amount)
from outcome as o
where o.currency is not null and o.amount is not null
group by o.currency
