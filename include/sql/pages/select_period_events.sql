-- Who closed and reopened months, and when a closed one was restated.
select
    e.done_at,
    e.month,
    e.event,
    e.done_by,
    e.checklist,
    e.dag_id,
    e.run_id
from reporting.period_events as e
where (%(in_month)s::date is null or e.month = %(in_month)s)
order by e.period_event_id desc
limit %(rows)s
