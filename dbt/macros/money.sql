{# What an expense counts as, and how a budget stands: said here once. #}

{% macro measure_of(status) -%}
    case
        when {{ status }} in ('approved', 'reimbursed', 'posted') then 'spent'
        when {{ status }} = 'submitted' then 'committed'
        else 'neither'
    end
{%- endmacro %}

{# What a cell's status goes by, over a window `held_together`: the cell, where it has a budget for a category; else all
   that its department spent without a budget of its own, beside the budget that the department has for no category. #}
{% macro judged_sums(rows, lacks_rate) -%}
    sum({{ rows }}.spend_original) over held_together as sum_spend_original,
        sum({{ rows }}.budget_original) over held_together as sum_budget_original,
        sum({{ rows }}.spend) over held_together as sum_spend,
        sum({{ rows }}.budget) over held_together as sum_budget,
        bool_or({{ rows }}.{{ lacks_rate }}) over held_together as sums_lack_rate,
        {% for end in ('min', 'max') -%}
            {{ end }}({{ rows }}.currency)
                filter (where {{ rows }}.spend_original <> 0 or {{ rows }}.budget_original <> 0) over held_together
                as {{ end }}_currency{{ ',' if not loop.last }}
        {% endfor %}
{%- endmacro %}

{# In its own currency where there is only one: that needs no rate. Nothing where the cell itself has no budget. #}
{% macro judged_spend_and_budget() -%}
    {% for measure in ('spend', 'budget') -%}
        case
            when not cell_has_budget then null
            when coalesce(min_currency = max_currency, true) then sum_{{ measure }}_original
            when not sums_lack_rate then sum_{{ measure }}
        end as judged_{{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
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
