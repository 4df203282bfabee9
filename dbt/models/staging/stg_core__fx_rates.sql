-- One row per delivered exchange rate; it belongs to the month in which it begins.
select
    id as fx_rate_id,
    kind::text as kind,
    from_currency::text as from_currency,
    to_currency::text as to_currency,
    {{ month_of('valid_from') }} as month,
    valid_from,
    valid_to,
    rate::numeric(18, 8) as rate,
    donor_id,
    source_version::timestamptz as source_version
from {{ source('core', 'fx_rates') }}
where deleted_at is null
