-- One row per share of an expense of the run's months, in the donor's currency: at the rate that the donor prescribes
-- for the day, else by way of the base currency at the rates of the expense's month. Without a rate the amount stays empty.
with allocations as (
    select * from {{ ref('stg_core__expense_allocations') }}
),

expenses as (
    select * from {{ ref('int_expenses__measured') }}
),

grants as (
    select * from {{ ref('stg_core__grants') }}
),

month_rates as (
    select * from {{ ref('int_fx_rates__by_month') }}
),

donor_rates as (
    select * from {{ ref('stg_core__fx_rates') }}
    where kind = 'donor_fixed'
),

joined as (
    select
        allocations.allocation_id,
        allocations.expense_id,
        expenses.month,
        expenses.spent_on,
        expenses.measure,
        allocations.grant_id,
        allocations.grant_budget_line_id,
        grants.donor_id,
        allocations.amount,
        allocations.currency,
        grants.currency as donor_currency,
        expenses.spent_on between grants.starts_on and grants.ends_on as is_in_window,
        case
            when allocations.currency = '{{ var("base_currency") }}' then 1
            else rate_of_expense.rate
        end as to_base,
        case when grants.currency = '{{ var("base_currency") }}' then 1 else rate_of_donor.rate end as donor_to_base,
        rate_of_donor.rate_kind as donor_to_base_kind,
        rate_of_expense.rate_kind as to_base_kind
    from allocations
    inner join expenses on allocations.expense_id = expenses.expense_id
    inner join grants on allocations.grant_id = grants.grant_id
    left join month_rates as rate_of_expense
        on allocations.currency = rate_of_expense.currency and expenses.month = rate_of_expense.month
    left join month_rates as rate_of_donor
        on grants.currency = rate_of_donor.currency and expenses.month = rate_of_donor.month
),

priced as (
    select
        joined.*,
        case
            when joined.currency = joined.donor_currency then 1
            when direct.rate is not null then direct.rate
            when inverse.rate is not null then 1 / inverse.rate
            when prescribed.rate is not null then joined.to_base / prescribed.rate
            else joined.to_base / joined.donor_to_base
        end::numeric(24, 12) as rate,
        case
            when joined.currency = joined.donor_currency then 'same'
            when coalesce(direct.rate, inverse.rate) is not null then 'donor_fixed'
            when prescribed.rate is not null and joined.to_base is not null then 'donor_fixed'
            when joined.to_base is null or joined.donor_to_base is null then null
            when 'last_daily' in (joined.to_base_kind, joined.donor_to_base_kind) then 'last_daily'
            else 'monthly_average'
        end as rate_kind
    from joined
    left join lateral (
        select donor_rates.rate from donor_rates
        where donor_rates.donor_id = joined.donor_id
            and donor_rates.from_currency = joined.currency and donor_rates.to_currency = joined.donor_currency
            and joined.spent_on between donor_rates.valid_from and donor_rates.valid_to
        order by donor_rates.valid_from desc, donor_rates.source_version desc, donor_rates.fx_rate_id asc
        limit 1
    ) as direct on true
    left join lateral (
        select donor_rates.rate from donor_rates
        where donor_rates.donor_id = joined.donor_id
            and donor_rates.from_currency = joined.donor_currency and donor_rates.to_currency = joined.currency
            and joined.spent_on between donor_rates.valid_from and donor_rates.valid_to
        order by donor_rates.valid_from desc, donor_rates.source_version desc, donor_rates.fx_rate_id asc
        limit 1
    ) as inverse on true
    left join lateral (
        select donor_rates.rate from donor_rates
        where donor_rates.donor_id = joined.donor_id
            and donor_rates.from_currency = joined.donor_currency
            and donor_rates.to_currency = '{{ var("base_currency") }}'
            and joined.spent_on between donor_rates.valid_from and donor_rates.valid_to
        order by donor_rates.valid_from desc, donor_rates.source_version desc, donor_rates.fx_rate_id asc
        limit 1
    ) as prescribed on true
),

final as (
    select
        allocation_id,
        expense_id,
        month,
        spent_on,
        measure,
        grant_id,
        grant_budget_line_id,
        donor_id,
        amount::numeric(14, 2) as amount,
        currency,
        donor_currency,
        rate,
        rate_kind,
        round(amount * rate, 2)::numeric(20, 2) as amount_donor,
        rate is null as is_rate_missing,
        is_in_window
    from priced
)

select * from final
