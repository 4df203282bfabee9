-- Calendar years in which somebody was or will be on leave, or something was spent.
select
    extract(year from min(d.day))::integer as first_year,
    extract(year from max(d.day))::integer as last_year
from (
    select min(e.spent_on) as day from core.expenses as e
    union all
    select max(e.spent_on) as day from core.expenses as e
    union all
    select min(l.starts_on) as day from core.leave_applications as l
    union all
    select max(l.ends_on) as day from core.leave_applications as l
) as d
