insert into core.accounting_periods as p (month, status, closed_at)
values (%(first_day)s, 'closed', now())
on conflict (month) do update
set status = 'closed', closed_at = now(), updated_at = now()
where p.status <> 'closed'
