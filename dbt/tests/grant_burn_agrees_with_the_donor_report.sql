-- To the cent, by grant and line, in the donor's currency.
with burnt as (
    select grant_id, coalesce(grant_budget_line_id, grant_id) as line, sum(spent) as spent
    from {{ ref('grant_burn') }}
    group by 1, 2
    having sum(spent) <> 0
),

reported as (
    select grant_id, coalesce(grant_budget_line_id, grant_id) as line, sum(spent) as spent
    from {{ ref('donor_report') }}
    group by 1, 2
    having sum(spent) <> 0
)

select
    grant_id,
    line
from burnt
full join reported using (grant_id, line)
where burnt.spent is distinct from reported.spent
