update core.accounting_periods
set
    status = 'open',
    closed_at = null,
    updated_at = now()
where month = %(month)s and status <> 'open'
