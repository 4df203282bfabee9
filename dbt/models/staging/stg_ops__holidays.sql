-- One row per public holiday of the organisation's country.
select
    day,
    name
from {{ source('ops', 'holidays') }}
