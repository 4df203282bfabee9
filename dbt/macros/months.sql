{# The months that a run builds, all or those of a list: conditions, and what a kept model forgets before it writes them
   anew. #}

{% macro in_months(month) -%}
    {%- if var('months') == 'all' -%}
        true
    {%- elif not var('months') -%}
        false
    {%- else -%}
        {{ month }} in (
            {%- for first in var('months') %}date '{{ first }}'{{ ', ' if not loop.last }}{% endfor -%}
        )
    {%- endif -%}
{%- endmacro %}

{# The same for a day, as ranges, so that an index on it serves. #}
{% macro in_months_of(day) -%}
    {%- if var('months') == 'all' -%}
        true
    {%- elif not var('months') -%}
        false
    {%- else -%}
        (
            {%- for first in var('months') -%}
                ({{ day }} >= date '{{ first }}' and {{ day }} < (date '{{ first }}' + interval '1 month')::date)
                {{- ' or ' if not loop.last }}
            {%- endfor -%}
        )
    {%- endif -%}
{%- endmacro %}

{% macro forget_months() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} where {{ in_months('month') }}
    {%- endif -%}
{%- endmacro %}

{% macro month_of(day) -%}
    date_trunc('month', {{ day }}::timestamp)::date
{%- endmacro %}

{# A fiscal year is named after the calendar year in which it ends. #}
{% macro fiscal_year(month) -%}
    {%- if var('fiscal_year_first_month') == 1 -%}
        extract(year from {{ month }})::smallint
    {%- else -%}
        (extract(year from {{ month }}) + (extract(month from {{ month }}) >= {{ var('fiscal_year_first_month') }})::integer)::smallint
    {%- endif -%}
{%- endmacro %}

{% macro fiscal_month(month) -%}
    ((extract(month from {{ month }})::integer - {{ var('fiscal_year_first_month') }} + 12) % 12 + 1)::smallint
{%- endmacro %}

{# The first month of the fiscal year that a month lies in. #}
{% macro fiscal_start(month) -%}
    ({{ month }} - make_interval(months => {{ fiscal_month(month) }}::integer - 1))::date
{%- endmacro %}
