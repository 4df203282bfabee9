-- One row per expense of the run's months: what it counts as, and its amount at the rate of its month.
{{ config(indexes=[{'columns': ['expense_id']}]) }}

with expenses as (
    select * from {{ ref('stg_core__expenses') }}
    where {{ in_months_of('spent_on') }}
),

rates as (
    select * from {{ ref('int_fx_rates__by_month') }}
),

final as (
    select
        expenses.expense_id,
        expenses.month,
        expenses.spent_on,
        expenses.is_month_only,
        {{ fiscal_year('expenses.month') }} as fiscal_year,
        expenses.origin,
        expenses.kind,
        expenses.status,
        {{ measure_of('expenses.status') }} as measure,
        expenses.department_id,
        expenses.category_id,
        expenses.vendor_id,
        expenses.employee_id,
        expenses.amount::numeric(14, 2) as amount,
        expenses.currency,
        case when expenses.currency = '{{ var("base_currency") }}' then 1 else rates.rate end::numeric(18, 8) as rate,
        case when expenses.currency = '{{ var("base_currency") }}' then 'base' else rates.rate_kind end as rate_kind,
        case
            when expenses.currency = '{{ var("base_currency") }}' then expenses.amount
            else round(expenses.amount * rates.rate, 2)
        end::numeric(20, 2) as amount_base,
        expenses.submitted_at,
        expenses.approved_at,
        expenses.paid_at,
        expenses.source,
        expenses.batch_id
    from expenses
    left join rates on expenses.currency = rates.currency and expenses.month = rates.month
)

select * from final
