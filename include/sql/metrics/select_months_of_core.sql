-- Every month with expenses.
select distinct date_trunc('month', e.spent_on)::date as month
from core.expenses as e
order by month
