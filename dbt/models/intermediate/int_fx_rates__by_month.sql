-- One row per currency and month with a rate to the base currency: the month's average, else the last daily rate of the
-- month. A donor's own rate is for that donor only.
with rates as (
    select * from {{ ref('stg_core__fx_rates') }}
    where to_currency = '{{ var("base_currency") }}' and kind in ('monthly_average', 'daily') and donor_id is null
),

ranked as (
    select
        from_currency as currency,
        month,
        rate,
        valid_from as rate_on,
        case kind when 'monthly_average' then 'monthly_average' else 'last_daily' end as rate_kind,
        row_number() over (
            partition by from_currency, month
            order by (kind = 'monthly_average') desc, valid_from desc, source_version desc, fx_rate_id asc
        ) as place
    from rates
),

final as (
    select
        currency,
        month,
        rate,
        rate_kind,
        rate_on
    from ranked
    where place = 1
)

select * from final
