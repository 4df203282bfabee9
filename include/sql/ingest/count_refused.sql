-- Why rows of a batch that is being loaded are refused: by references and sums, which only the warehouse knows.
select l.code, count(*) as n_rows
from left_out as l
where l.verdict = 'rejected'
group by l.code
order by n_rows desc, l.code asc
