-- To the cent, by month, grant and line, in the donor's currency; and what is summed to date is empty from the first month
-- on in which the report lacks a rate, and in no other.
with reported as (
    select
        month,
        grant_id,
        coalesce(grant_budget_line_id, grant_id) as line,
        coalesce(sum(spent), 0) as spent,
        bool_or(is_rate_missing) as is_rate_missing
    from {{ ref('donor_report') }}
    group by 1, 2, 3
),

burnt as (
    select
        month,
        grant_id,
        coalesce(grant_budget_line_id, grant_id) as line,
        spent,
        spent_to_date,
        n_rates_missing
    from {{ ref('grant_burn') }}
),

beside as (
    select
        grant_id,
        line,
        burnt.spent,
        burnt.spent_to_date,
        coalesce(reported.spent, 0) as reported,
        sum(coalesce(reported.spent, 0)) over to_date as reported_to_date,
        coalesce(bool_or(reported.is_rate_missing) over to_date, false) as lacks_rate,
        coalesce(reported.is_rate_missing, false) <> (burnt.n_rates_missing > 0) as is_miscounted
    from burnt
    full join reported using (month, grant_id, line)
    window to_date as (partition by grant_id, line order by month)
)

select
    grant_id,
    line
from beside
where spent is distinct from reported
    or spent_to_date is distinct from case when not lacks_rate then reported_to_date end
    or is_miscounted
