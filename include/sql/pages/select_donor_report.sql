-- What the donor asks to see: the chosen grant by month, line and currency, at the rate that was used.
select
    r.month,
    coalesce(r.budget_line_name, 'Charged to no line') as budget_line_name,
    r.n_expenses,
    r.spent_original,
    r.committed_original,
    r.currency as original_currency,
    r.rate,
    r.rate_kind,
    r.spent,
    r.committed,
    r.donor_currency as currency,
    r.is_rate_missing
from reporting.donor_report as r
where r.grant_code = %(for_grant)s
order by r.month desc, budget_line_name asc, r.currency asc
limit %(rows)s
