-- One row per month with claims from the app, over all departments.
with claims as (
    {{ timed_claims() }}
),

final as (
    select
        month,
        {{ claim_times() }}
    from claims
    group by month
)

select * from final
