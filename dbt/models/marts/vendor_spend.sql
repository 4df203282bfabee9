-- One row per month, vendor, department, category and currency in which something was spent.
select
    month,
    vendor_id,
    department_id,
    category_id,
    currency,
    count(*)::integer as n_expenses,
    sum(amount)::numeric(20, 2) as spend_original,
    case when count(amount_base) = count(*) then sum(amount_base) end::numeric(20, 2) as spend,
    '{{ var("base_currency") }}'::text as base_currency,
    count(amount_base) < count(*) as is_rate_missing
from {{ ref('int_expenses__measured') }}
where measure = 'spent'
group by month, vendor_id, department_id, category_id, currency
