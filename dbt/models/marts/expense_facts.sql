-- One row per expense of the run's months.
{{ config(materialized='view') }}

with expenses as (
    select * from {{ ref('int_expenses__measured') }}
),

allocated as (
    select
        expense_id,
        count(*) as n_allocations,
        sum(amount) as amount
    from {{ ref('int_allocations__converted') }}
    group by expense_id
),

final as (
    select
        expenses.expense_id,
        expenses.month,
        expenses.spent_on,
        expenses.is_month_only,
        expenses.fiscal_year,
        expenses.origin,
        expenses.kind,
        expenses.status,
        expenses.measure,
        expenses.department_id,
        expenses.category_id,
        expenses.vendor_id,
        expenses.amount,
        expenses.currency,
        expenses.rate,
        expenses.rate_kind,
        expenses.amount_base,
        '{{ var("base_currency") }}'::text as base_currency,
        expenses.amount_base is null as is_rate_missing,
        expenses.submitted_at,
        expenses.approved_at,
        expenses.paid_at,
        round(extract(epoch from expenses.approved_at - expenses.submitted_at) / 86400, 2)::numeric(12, 2)
            as days_to_approve,
        round(extract(epoch from expenses.paid_at - expenses.submitted_at) / 86400, 2)::numeric(12, 2) as days_to_pay,
        coalesce(allocated.n_allocations, 0)::integer as n_allocations,
        coalesce(allocated.amount, 0)::numeric(20, 2) as allocated_amount,
        expenses.source,
        expenses.batch_id
    from expenses
    left join allocated on expenses.expense_id = allocated.expense_id
)

select * from final
