-- One row per month, department, category and currency, over the same calendar as daily_spend.
with days as (
    select * from {{ ref('daily_spend') }}
),

final as (
    select
        month,
        department_id,
        category_id,
        currency,
        {{ fiscal_year('month') }} as fiscal_year,
        sum(n_expenses)::integer as n_expenses,
        sum(spend_original)::numeric(20, 2) as spend_original,
        case when count(spend) = count(*) then sum(spend) end::numeric(20, 2) as spend,
        base_currency,
        bool_or(is_rate_missing) as is_rate_missing,
        (month + interval '1 month' - interval '1 day')::date <= max(max(day)) over () as is_complete
    from days
    group by month, department_id, category_id, currency, base_currency
)

select * from final
