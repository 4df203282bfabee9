-- One row per month and department with spending or commitments, and how many people and payees stand behind it.
select
    month,
    department_id,
    {{ fiscal_year('month') }} as fiscal_year,
    case
        when count(amount_base) = count(*) then coalesce(sum(amount_base) filter (where measure = 'spent'), 0)
    end::numeric(20, 2) as spend,
    case
        when count(amount_base) = count(*) then coalesce(sum(amount_base) filter (where measure = 'committed'), 0)
    end::numeric(20, 2) as committed,
    '{{ var("base_currency") }}'::text as base_currency,
    count(*)::integer as n_expenses,
    count(distinct coalesce(employee_id, vendor_id))::integer as n_people,
    count(amount_base) < count(*) as is_rate_missing
from {{ ref('int_expenses__measured') }}
where measure in ('spent', 'committed')
group by month, department_id
