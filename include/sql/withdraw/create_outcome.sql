-- As a load tells it: the months and sums before, and those after.
create temporary table outcome on commit drop as
select w.verdict, w.currency, w.month, null::date as former_month, 1::bigint as n_rows, -w.amount as amount
from taken_back as w
where w.verdict in ('restored', 'deleted') and w.was_alive
union all
select 'restored', {row_currency}, {row_month}, null, 0, {row_amount}
from core.{table} as t
inner join taken_back as w on t.id = w.id
where w.verdict = 'restored' and t.deleted_at is null
