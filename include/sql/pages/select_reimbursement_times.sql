-- How long the claims of all departments took, by the month in which the money was spent.
select
    t.month,
    t.n_claims,
    t.n_open,
    t.n_paid,
    t.n_rejected,
    t.days_to_approve_median,
    t.days_approve_to_pay_median,
    t.days_to_pay_p90
from reporting.reimbursement_months as t
where t.month > %(last)s::date - make_interval(months => %(months)s) and t.month <= %(last)s
order by t.month
limit %(rows)s
