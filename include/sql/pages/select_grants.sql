-- Each grant as it stands this month, or at its end: what is used of the money and of the time, and what will be left at the current rate.
with latest as (
    select
        g.*,
        coalesce(
            max(g.month) filter (where g.month <= %(this_month)s) over (partition by g.grant_id),
            min(g.month) over (partition by g.grant_id)
        ) as last_month
    from reporting.grant_burn as g
)

select
    l.grant_code,
    l.grant_title,
    l.donor_name,
    max(l.currency) as currency,
    sum(l.budget) as budget,
    sum(l.spent_to_date) as spent_to_date,
    sum(l.committed_to_date) as committed_to_date,
    sum(l.unspent) as unspent,
    round(sum(l.spent_to_date) / nullif(sum(l.budget), 0), 6) as share_used,
    max(l.share_of_time) as share_of_time,
    sum(l.burn_rate) as burn_rate,
    sum(l.projected_spend) as projected_spend,
    sum(l.projected_unspent) as projected_unspent,
    sum(l.spent_outside_window) as spent_outside_window,
    sum(l.n_rates_missing)::bigint as n_rates_missing,
    max(l.eligible_from) as eligible_from,
    max(l.eligible_to) as eligible_to,
    max(l.month) as month,
    max(l.grant_status) as grant_status
from latest as l
where l.month = l.last_month
group by l.grant_id, l.grant_code, l.grant_title, l.donor_name
order by max(l.eligible_to) desc, l.grant_code asc
limit %(rows)s
