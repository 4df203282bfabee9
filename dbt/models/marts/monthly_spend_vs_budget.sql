-- One row per month, department, category and currency: from the first month of the fiscal year with spending,
-- commitments or a budget to the year's last. Money adds up over rows; variance_pct, share_used and status are of the
-- cell, which is all rows of a month, department and category. A budget of a department without a category is held
-- against all that the department spent in the month in categories without a budget of their own, and in none.
with spend as (
    select * from {{ ref('int_spend__by_month') }}
),

budgets as (
    select * from {{ ref('int_budgets__by_month') }}
),

rates as (
    select * from {{ ref('int_fx_rates__by_month') }}
),

stacked as (
    select
        month,
        department_id,
        category_id,
        currency,
        n_expenses,
        spend_original,
        committed_original,
        spend,
        committed,
        is_rate_missing,
        0::numeric as budget_original,
        false as has_budget
    from spend
    union all
    select
        month,
        department_id,
        category_id,
        currency,
        0,
        0,
        0,
        0,
        0,
        false,
        amount,
        true
    from budgets
),

-- What was ever spent, committed or budgeted in a fiscal year stays in sight to its end, so that the year to date holds.
in_sight as (
    select
        department_id,
        category_id,
        currency,
        {{ fiscal_start('month') }} as year_starts_on,
        min(month) as first_month
    from stacked
    group by department_id, category_id, currency, {{ fiscal_start('month') }}
),

complete as (
    select
        month,
        department_id,
        category_id,
        currency,
        sum(n_expenses)::integer as n_expenses,
        sum(spend_original) as spend_original,
        sum(committed_original) as committed_original,
        sum(spend) as spend,
        sum(committed) as committed,
        sum(budget_original) as budget_original,
        bool_or(has_budget) as has_budget,
        bool_or(is_rate_missing) as is_rate_missing
    from (
        select * from stacked
        union all
        select
            months.month::date,
            in_sight.department_id,
            in_sight.category_id,
            in_sight.currency,
            0,
            0,
            0,
            0,
            0,
            false,
            0,
            false
        from in_sight
        cross join lateral generate_series(
            in_sight.first_month, in_sight.year_starts_on + interval '11 months', interval '1 month'
        ) as months (month)
    ) as rows_and_zeros
    group by month, department_id, category_id, currency
),

converted as (
    select
        complete.*,
        {{ fiscal_year('complete.month') }} as fiscal_year,
        {{ fiscal_month('complete.month') }} as fiscal_month,
        case when complete.currency = '{{ var("base_currency") }}' then 1 else rates.rate end as rate,
        case when complete.currency = '{{ var("base_currency") }}' then 'base' else rates.rate_kind end as rate_kind,
        case
            when complete.budget_original = 0 then 0
            when complete.currency = '{{ var("base_currency") }}' then complete.budget_original
            else round(complete.budget_original * rates.rate, 2)
        end as budget,
        case
            when complete.currency = '{{ var("base_currency") }}' then 1 else first_rates.rate
        end as budget_rate
    from complete
    left join rates on complete.currency = rates.currency and complete.month = rates.month
    left join rates as first_rates
        on complete.currency = first_rates.currency and {{ fiscal_start('complete.month') }} = first_rates.month
),

known as (
    select
        converted.*,
        converted.is_rate_missing or converted.budget is null as lacks_rate,
        bool_or(converted.has_budget)
            over (partition by converted.month, converted.department_id, converted.category_id) as cell_has_budget
    from converted
),

cells as (
    select
        known.*,
        {{ judged_sums('known', 'lacks_rate') }},
        bool_or(known.has_budget and known.category_id is null)
            over (partition by known.month, known.department_id) as department_has_budget,
        sum(known.spend) over to_date as spend_to_date,
        sum(known.committed) over to_date as committed_to_date,
        sum(known.budget) over to_date as budget_to_date,
        bool_or(known.lacks_rate) over to_date as lacks_rate_to_date
    from known
    window
        held_together as (
            partition by known.month, known.department_id, case when known.cell_has_budget then known.category_id end
        ),
        to_date as (
            partition by known.fiscal_year, known.department_id, known.category_id, known.currency
            order by known.month
        )
),

judged as (
    select
        cells.*,
        {{ judged_spend_and_budget() }}
    from cells
),

final as (
    select
        month,
        department_id,
        category_id,
        currency,
        fiscal_year,
        fiscal_month,
        n_expenses,
        spend_original::numeric(20, 2) as spend_original,
        committed_original::numeric(20, 2) as committed_original,
        budget_original::numeric(20, 2) as budget_original,
        has_budget,
        '{{ var("base_currency") }}'::text as base_currency,
        rate::numeric(18, 8) as rate,
        rate_kind,
        lacks_rate as is_rate_missing,
        case when not is_rate_missing then spend end::numeric(20, 2) as spend,
        case when not is_rate_missing then committed end::numeric(20, 2) as committed,
        budget::numeric(20, 2) as budget,
        case when not lacks_rate then budget - spend end::numeric(20, 2) as variance,
        round(100 * (judged_budget - judged_spend) / nullif(judged_budget, 0), 6)::numeric(20, 6) as variance_pct,
        round(judged_spend / nullif(judged_budget, 0), 6)::numeric(20, 6) as share_used,
        case when not lacks_rate_to_date then spend_to_date end::numeric(20, 2) as spend_ytd,
        case when not lacks_rate_to_date then committed_to_date end::numeric(20, 2) as committed_ytd,
        case when not lacks_rate_to_date then budget_to_date end::numeric(20, 2) as budget_ytd,
        case when not lacks_rate_to_date then budget_to_date - spend_to_date end::numeric(20, 2) as variance_ytd,
        case when not lacks_rate_to_date then round(spend_to_date / fiscal_month * 12, 2) end::numeric(20, 2) as run_rate,
        budget_rate::numeric(18, 8) as budget_rate,
        round(spend_original * budget_rate, 2)::numeric(20, 2) as spend_at_budget_rate,
        case
            when spend_original = 0 then 0
            when not is_rate_missing then spend - round(spend_original * budget_rate, 2)
        end::numeric(20, 2) as fx_effect,
        {{ budget_status('cell_has_budget', 'department_has_budget', 'judged_spend', 'judged_budget') }} as status
    from judged
)

select * from final
