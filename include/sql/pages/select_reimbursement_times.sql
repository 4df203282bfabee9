-- How long claims took, by the month in which the money was spent: the claims of all departments, each median weighed by its
-- number of claims.
select
    t.month,
    sum(t.n_claims)::bigint as n_claims,
    sum(t.n_open)::bigint as n_open,
    sum(t.n_paid)::bigint as n_paid,
    sum(t.n_rejected)::bigint as n_rejected,
    round(sum(t.days_to_approve_median * t.n_approved) / nullif(sum(t.n_approved) filter (
        where t.days_to_approve_median is not null), 0), 2) as days_to_approve_median,
    round(sum(t.days_approve_to_pay_median * t.n_paid) / nullif(sum(t.n_paid) filter (
        where t.days_approve_to_pay_median is not null), 0), 2) as days_approve_to_pay_median,
    max(t.days_to_pay_p90) as days_to_pay_p90
from reporting.reimbursement_times as t
where t.month > %(last)s::date - make_interval(months => %(months)s) and t.month <= %(last)s
group by t.month
order by t.month
limit %(rows)s
