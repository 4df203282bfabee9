insert into outcome (verdict, currency, n_rows, amount)
select l.verdict, {currency}, count(*), sum({amount})
from left_out as l
inner join stage as i on l.line = i.line
group by l.verdict, {currency}
