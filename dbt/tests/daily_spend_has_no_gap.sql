-- A series has each of its days once.
select
    department_id,
    category_id,
    currency
from {{ ref('daily_spend') }}
group by department_id, category_id, currency
having count(*) <> max(day) - min(day) + 1
