-- The grants that bear the expense.
select
    a.grant_code,
    a.grant_title,
    a.budget_line_name,
    a.amount,
    a.currency,
    a.amount_donor,
    a.donor_currency,
    a.rate,
    a.rate_kind,
    a.is_in_window
from reporting.allocation_facts as a
where a.expense_id = %(expense)s
order by a.grant_code
limit %(rows)s
