{# Claims of the app and how long they took: the same for whichever group of them. #}

{% macro timed_claims() -%}
    select
        *,
        (extract(epoch from approved_at - submitted_at) / 86400)::numeric as days_to_approve,
        (extract(epoch from paid_at - approved_at) / 86400)::numeric as days_approve_to_pay,
        (extract(epoch from paid_at - submitted_at) / 86400)::numeric as days_to_pay
    from {{ ref('int_expenses__measured') }}
    where origin = 'app' and kind = 'claim' and status not in ('draft', 'cancelled')
{%- endmacro %}

{% macro claim_times() -%}
    count(*)::integer as n_claims,
    count(*) filter (where status in ('submitted', 'approved'))::integer as n_open,
    count(submitted_at)::integer as n_submitted,
    count(approved_at)::integer as n_approved,
    count(paid_at)::integer as n_paid,
    count(*) filter (where status = 'rejected')::integer as n_rejected
    {%- for days in ('days_to_approve', 'days_approve_to_pay', 'days_to_pay') -%}
        {%- for name, share in (('median', 0.5), ('p90', 0.9)) -%}
            ,
            round((percentile_cont({{ share }}) within group (order by {{ days }}))::numeric, 2)::numeric(12, 2)
                as {{ days }}_{{ name }}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
