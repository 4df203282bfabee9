update core.accounting_periods
set
    status = 'restated',
    updated_at = now()
where month = any(%(months)s) and status in ('closed', 'restated')
