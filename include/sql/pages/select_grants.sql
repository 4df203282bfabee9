-- Each grant as it stands this month, or at its end: what is used of the money and of the time, and what will be left at
-- the current rate. What lies outside of the window and what has no rate is that of all months until then.
with last_months as (
    select
        g.grant_id,
        coalesce(max(g.month) filter (where g.month <= %(this_month)s), min(g.month)) as month
    from reporting.grant_burn as g
    group by g.grant_id
),

to_date as (
    select
        g.grant_id,
        m.month,
        sum(g.spent_outside_window) as spent_outside_window,
        sum(g.n_rates_missing)::bigint as n_rates_missing
    from reporting.grant_burn as g
    inner join last_months as m on g.grant_id = m.grant_id and g.month <= m.month
    group by g.grant_id, m.month
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
    t.spent_outside_window,
    t.n_rates_missing,
    max(l.eligible_from) as eligible_from,
    max(l.eligible_to) as eligible_to,
    l.month,
    max(l.grant_status) as grant_status
from reporting.grant_burn as l
inner join to_date as t on l.grant_id = t.grant_id and l.month = t.month
group by l.grant_id, l.grant_code, l.grant_title, l.donor_name, l.month, t.spent_outside_window, t.n_rates_missing
order by max(l.eligible_to) desc, l.grant_code asc
limit %(rows)s
