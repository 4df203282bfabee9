-- The newest months, and what should be settled before each is closed.
select
    c.month,
    c.status,
    c.closed_at,
    c.missing_rates,
    c.unreviewed_vendors,
    c.open_rejects,
    c.undecided_claims,
    c.is_ready
from reporting.closing_checklist as c
order by c.month desc
limit %(rows)s
