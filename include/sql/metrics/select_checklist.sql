select
    month,
    status,
    missing_rates,
    unreviewed_vendors,
    open_rejects,
    undecided_claims,
    is_ready
from ops.closing_checklist
where month = %(first_day)s
