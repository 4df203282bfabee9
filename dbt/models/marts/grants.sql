-- One row per grant, with its donor.
select
    grants.grant_id,
    grants.code,
    grants.title,
    grants.donor_id,
    donors.code as donor_code,
    donors.name as donor_name,
    grants.currency,
    grants.amount,
    grants.starts_on,
    grants.ends_on,
    grants.status
from {{ ref('stg_core__grants') }} as grants
inner join {{ ref('stg_core__donors') }} as donors on grants.donor_id = donors.donor_id
