-- The months that have figures for readers of aggregates, newest first.
select distinct
    o.month,
    o.fiscal_year,
    'open' as status
from reporting.spend_overview as o
order by o.month desc
limit %(rows)s
