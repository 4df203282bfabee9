-- One row per month, department and category with claims from the app.
with claims as (
    {{ timed_claims() }}
),

final as (
    select
        month,
        department_id,
        category_id,
        count(distinct employee_id)::integer as n_people,
        {{ claim_times() }}
    from claims
    group by month, department_id, category_id
)

select * from final
