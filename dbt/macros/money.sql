{# What an expense counts as, and how a budget stands: said here once. #}

{% macro measure_of(status) -%}
    case
        when {{ status }} in ('approved', 'reimbursed', 'posted') then 'spent'
        when {{ status }} = 'submitted' then 'committed'
        else 'neither'
    end
{%- endmacro %}

{# `spend` and `budget` are of the whole cell, in one currency; null where a rate is missing. Exactly used up is no breach. #}
{% macro budget_status(has_budget, has_department_budget, spend, budget) -%}
    case
        when not {{ has_budget }} and {{ has_department_budget }} then 'department_budget'
        when not {{ has_budget }} then 'no_budget'
        when {{ spend }} is null or {{ budget }} is null then 'rate_missing'
        when {{ spend }} > {{ budget }} then 'over'
        when {{ spend }} = 0 then 'unspent'
        when {{ spend }} >= 0.8 * {{ budget }} then 'near'
        else 'within'
    end
{%- endmacro %}
