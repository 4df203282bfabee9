-- One row per month, grant, department, category, vendor and currency in which a grant bore anything spent or committed:
-- the spending of the organisation as far as the grant bears it, in the base currency as in the other marts.
with shares as (
    select
        allocations.month,
        allocations.grant_id,
        expenses.department_id,
        expenses.category_id,
        expenses.vendor_id,
        allocations.currency,
        allocations.expense_id,
        allocations.measure,
        allocations.amount,
        case when allocations.currency = '{{ var("base_currency") }}' then 1 else rates.rate end as rate,
        case when allocations.currency = '{{ var("base_currency") }}' then 'base' else rates.rate_kind end as rate_kind
    from {{ ref('int_allocations__converted') }} as allocations
    inner join {{ ref('int_expenses__measured') }} as expenses on allocations.expense_id = expenses.expense_id
    left join {{ ref('int_fx_rates__by_month') }} as rates
        on allocations.currency = rates.currency and allocations.month = rates.month
    where allocations.measure in ('spent', 'committed')
)

select
    month,
    grant_id,
    department_id,
    category_id,
    vendor_id,
    currency,
    (count(distinct expense_id) filter (where measure = 'spent'))::integer as n_expenses,
    coalesce(sum(amount) filter (where measure = 'spent'), 0)::numeric(20, 2) as spend_original,
    coalesce(sum(amount) filter (where measure = 'committed'), 0)::numeric(20, 2) as committed_original,
    rate::numeric(18, 8) as rate,
    rate_kind,
    case when rate is not null then coalesce(sum(round(amount * rate, 2)) filter (where measure = 'spent'), 0) end
        ::numeric(20, 2) as spend,
    case when rate is not null then coalesce(sum(round(amount * rate, 2)) filter (where measure = 'committed'), 0) end
        ::numeric(20, 2) as committed,
    '{{ var("base_currency") }}'::text as base_currency,
    rate is null as is_rate_missing
from shares
group by month, grant_id, department_id, category_id, vendor_id, currency, rate, rate_kind
