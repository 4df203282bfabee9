-- The month's conversions without a rate.
select
    c.from_currency,
    c.to_currency,
    c.purpose,
    c.donor_name,
    c.n_rows,
    c.amount_original
from reporting.fx_coverage as c
where c.month = %(in_month)s and c.is_missing
order by c.amount_original desc, c.from_currency asc
limit %(rows)s
