-- One row per month, department and category with claims from the app.
with claims as (
    select
        *,
        (extract(epoch from approved_at - submitted_at) / 86400)::numeric as days_to_approve,
        (extract(epoch from paid_at - approved_at) / 86400)::numeric as days_approve_to_pay,
        (extract(epoch from paid_at - submitted_at) / 86400)::numeric as days_to_pay
    from {{ ref('int_expenses__measured') }}
    where origin = 'app' and kind = 'claim' and status not in ('draft', 'cancelled')
),

final as (
    select
        month,
        department_id,
        category_id,
        count(*)::integer as n_claims,
        count(*) filter (where status in ('submitted', 'approved'))::integer as n_open,
        count(submitted_at)::integer as n_submitted,
        count(approved_at)::integer as n_approved,
        count(paid_at)::integer as n_paid,
        count(*) filter (where status = 'rejected')::integer as n_rejected,
        count(distinct employee_id)::integer as n_people,
        round((percentile_cont(0.5) within group (order by days_to_approve))::numeric, 2)::numeric(12, 2)
            as days_to_approve_median,
        round((percentile_cont(0.9) within group (order by days_to_approve))::numeric, 2)::numeric(12, 2)
            as days_to_approve_p90,
        round((percentile_cont(0.5) within group (order by days_approve_to_pay))::numeric, 2)::numeric(12, 2)
            as days_approve_to_pay_median,
        round((percentile_cont(0.9) within group (order by days_approve_to_pay))::numeric, 2)::numeric(12, 2)
            as days_approve_to_pay_p90,
        round((percentile_cont(0.5) within group (order by days_to_pay))::numeric, 2)::numeric(12, 2) as days_to_pay_median,
        round((percentile_cont(0.9) within group (order by days_to_pay))::numeric, 2)::numeric(12, 2) as days_to_pay_p90
    from claims
    group by month, department_id, category_id
)

select * from final
