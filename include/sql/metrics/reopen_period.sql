update core.accounting_periods
set
    status = 'open',
    closed_at = null,
    updated_at = now()
where month = %(first_day)s and status <> 'open'
