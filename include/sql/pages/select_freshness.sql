-- When each source and dataset came home last, and when the next delivery is due.
select
    e.source,
    e.dataset,
    e.last_loaded_at,
    e.newest_on,
    e.hours_since,
    e.usual_hours,
    e.due_at,
    e.status
from reporting.delivery_expectations as e
where (%(source)s::text is null or e.source = %(source)s)
order by e.status = 'late' desc, e.last_loaded_at desc, e.source asc, e.dataset asc
limit %(rows)s
