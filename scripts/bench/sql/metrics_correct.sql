-- One row of one month is corrected, as a late delivery does it.
with corrected as (
    update core.expenses set amount = amount + 1
    where id = (select id from core.expenses where spent_on = date '2025-06-15' and amount > 0 order by id limit 1)
    returning spent_on
)

insert into ops.affected_periods as a (dataset, month)
select 'expenses', date_trunc('month', c.spent_on)::date from corrected as c
on conflict (dataset, month) do update set version = a.version + 1
