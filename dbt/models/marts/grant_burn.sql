-- One row per month, grant and budget line, in the donor's currency: from the grant's first month to its last, or to
-- the last month in which anything was spent or committed where that comes first. From the first month on in which a
-- share has no rate, all that depends on the sums to date is empty.
with burnt as (
    select
        month,
        grant_id,
        grant_budget_line_id,
        sum(spent) as spent,
        sum(committed) as committed,
        sum(spent_outside_window) as spent_outside_window,
        sum(n_rates_missing) as n_rates_missing
    from {{ ref('int_allocations__by_month') }}
    group by month, grant_id, grant_budget_line_id
),

grants as (
    select
        *,
        {{ month_of('starts_on') }} as first_month,
        {{ month_of('ends_on') }} as last_month
    from {{ ref('grants') }}
),

lines as (
    select
        grant_id,
        grant_budget_line_id,
        amount as budget
    from {{ ref('stg_core__grant_budget_lines') }}
    where not is_deleted
        or grant_budget_line_id in (select burnt.grant_budget_line_id from burnt)
    union all
    -- What is charged to no line; a grant without lines is budgeted as a whole.
    select
        grants.grant_id,
        null,
        case when count(lines.grant_id) = 0 then grants.amount else 0 end
    from grants
    left join {{ ref('stg_core__grant_budget_lines') }} as lines
        on grants.grant_id = lines.grant_id and not lines.is_deleted
    group by grants.grant_id, grants.amount
    having count(lines.grant_id) = 0
        or exists (
            select from burnt
            where burnt.grant_id = grants.grant_id and burnt.grant_budget_line_id is null
        )
),

last_month_of_data as (
    select max(month) as month from {{ ref('int_months__of_data') }}
    where not is_ahead
),

spans as (
    select
        grants.grant_id,
        least(grants.first_month, min(burnt.month)) as first_month,
        greatest(max(burnt.month), least(grants.last_month, max(last_month_of_data.month))) as last_month
    from grants
    cross join last_month_of_data
    left join burnt on grants.grant_id = burnt.grant_id
    group by grants.grant_id, grants.first_month, grants.last_month
),

complete as (
    select
        month,
        grant_id,
        grant_budget_line_id,
        sum(spent) as spent,
        sum(committed) as committed,
        sum(spent_outside_window) as spent_outside_window,
        sum(n_rates_missing) as n_rates_missing
    from (
        select * from burnt
        union all
        select
            months.month::date,
            lines.grant_id,
            lines.grant_budget_line_id,
            0,
            0,
            0,
            0
        from lines
        inner join spans on lines.grant_id = spans.grant_id
        cross join lateral generate_series(spans.first_month, spans.last_month, interval '1 month') as months (month)
    ) as rows_and_zeros
    group by month, grant_id, grant_budget_line_id
),

summed as (
    select
        complete.*,
        grants.currency,
        coalesce(lines.budget, 0) as budget,
        grants.starts_on,
        grants.ends_on,
        case when sum(complete.n_rates_missing) over to_date = 0 then sum(complete.spent) over to_date end
            as spent_to_date,
        case when sum(complete.n_rates_missing) over to_date = 0 then sum(complete.committed) over to_date end
            as committed_to_date,
        12 * (extract(year from grants.last_month) - extract(year from grants.first_month))
        + extract(month from grants.last_month) - extract(month from grants.first_month) + 1 as months_total,
        12 * (extract(year from complete.month) - extract(year from grants.first_month))
        + extract(month from complete.month) - extract(month from grants.first_month) + 1 as months_since,
        complete.month > grants.last_month as is_over,
        complete.month < grants.first_month as is_early
    from complete
    inner join grants on complete.grant_id = grants.grant_id
    left join lines
        on complete.grant_id = lines.grant_id
        and coalesce(complete.grant_budget_line_id, complete.grant_id)
        = coalesce(lines.grant_budget_line_id, lines.grant_id)
    window to_date as (partition by complete.grant_id, complete.grant_budget_line_id order by complete.month)
),

paced as (
    select
        *,
        greatest(0, least(months_since, months_total)) as months_elapsed,
        spent_to_date / nullif(budget, 0) as share_used,
        greatest(0, least(months_since, months_total)) / months_total as share_of_time,
        spent_to_date / nullif(greatest(0, least(months_since, months_total)), 0) as burn_rate
    from summed
),

final as (
    select
        month,
        grant_id,
        grant_budget_line_id,
        currency,
        budget::numeric(20, 2) as budget,
        spent::numeric(20, 2) as spent,
        committed::numeric(20, 2) as committed,
        spent_to_date::numeric(20, 2) as spent_to_date,
        committed_to_date::numeric(20, 2) as committed_to_date,
        (budget - spent_to_date)::numeric(20, 2) as unspent,
        round(share_used, 6)::numeric(20, 6) as share_used,
        months_elapsed::integer as months_elapsed,
        months_total::integer as months_total,
        round(share_of_time, 6)::numeric(20, 6) as share_of_time,
        round(burn_rate, 2)::numeric(20, 2) as burn_rate,
        round(burn_rate * months_total, 2)::numeric(20, 2) as projected_spend,
        (budget - round(burn_rate * months_total, 2))::numeric(20, 2) as projected_unspent,
        starts_on as eligible_from,
        ends_on as eligible_to,
        spent_outside_window::numeric(20, 2) as spent_outside_window,
        n_rates_missing::integer as n_rates_missing,
        case
            when spent_to_date is null then 'rate_missing'
            when spent_to_date > budget then 'over'
            when is_early then 'not_started'
            when is_over then 'ended'
            when share_used > share_of_time + 0.15 then 'fast'
            when share_used < share_of_time - 0.15 then 'slow'
            else 'on_track'
        end as status
    from paced
)

select * from final
