{# No two rows are alike in these columns; two empty values are alike. #}
{% test unique_rows(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as n_rows
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
