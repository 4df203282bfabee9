-- One row per fiscal year, department, category and currency. A budget of a department without a category is held
-- against all that the department spent in the year in categories without a budget of their own, and in none.
with months as (
    select * from {{ ref('monthly_spend_vs_budget') }}
),

years as (
    select
        fiscal_year,
        min({{ fiscal_start('month') }}) as starts_on,
        department_id,
        category_id,
        currency,
        sum(n_expenses) as n_expenses,
        sum(spend_original) as spend_original,
        sum(committed_original) as committed_original,
        sum(budget_original) as budget_original,
        bool_or(has_budget) as has_budget,
        bool_or(is_rate_missing) as is_rate_missing,
        case when count(spend) = count(*) then sum(spend) end as spend,
        case when count(committed) = count(*) then sum(committed) end as committed,
        case when count(budget) = count(*) then sum(budget) end as budget,
        case when count(fx_effect) = count(*) then sum(fx_effect) end as fx_effect
    from months
    group by fiscal_year, department_id, category_id, currency
),

known as (
    select
        years.*,
        bool_or(years.has_budget)
            over (partition by years.fiscal_year, years.department_id, years.category_id) as cell_has_budget
    from years
),

cells as (
    select
        known.*,
        {{ judged_sums('known', 'is_rate_missing') }},
        bool_or(known.has_budget and known.category_id is null)
            over (partition by known.fiscal_year, known.department_id) as department_has_budget
    from known
    window held_together as (
        partition by known.fiscal_year, known.department_id, case when known.cell_has_budget then known.category_id end
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
        fiscal_year,
        starts_on,
        (starts_on + interval '1 year' - interval '1 day')::date as ends_on,
        department_id,
        category_id,
        currency,
        n_expenses::integer as n_expenses,
        spend_original::numeric(20, 2) as spend_original,
        committed_original::numeric(20, 2) as committed_original,
        budget_original::numeric(20, 2) as budget_original,
        has_budget,
        '{{ var("base_currency") }}'::text as base_currency,
        is_rate_missing,
        spend::numeric(20, 2) as spend,
        committed::numeric(20, 2) as committed,
        budget::numeric(20, 2) as budget,
        (budget - spend)::numeric(20, 2) as variance,
        round(100 * (judged_budget - judged_spend) / nullif(judged_budget, 0), 6)::numeric(20, 6) as variance_pct,
        round(judged_spend / nullif(judged_budget, 0), 6)::numeric(20, 6) as share_used,
        fx_effect::numeric(20, 2) as fx_effect,
        {{ budget_status('cell_has_budget', 'department_has_budget', 'judged_spend', 'judged_budget') }} as status
    from judged
)

select * from final
