-- Versions compete within one granularity and period. Budgets of a department and category for periods that overlap, such as
-- a year and one of its months, count beside each other: they are counted and hold nothing up.
{{ config(severity='warn') }}

select b.budget_id
from {{ ref('stg_core__budgets') }} as b
inner join {{ ref('stg_core__budgets') }} as o
    on b.department_id = o.department_id
    and b.category_id is not distinct from o.category_id
    and b.period_from <= o.period_to
    and b.period_to >= o.period_from
where (b.granularity, b.period_from, b.period_to) is distinct from (o.granularity, o.period_from, o.period_to)
group by b.budget_id
