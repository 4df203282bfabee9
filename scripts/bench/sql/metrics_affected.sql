insert into ops.affected_periods as a (dataset, month)
select distinct 'expenses', date_trunc('month', e.spent_on)::date from core.expenses as e
on conflict (dataset, month) do update set version = a.version + 1
