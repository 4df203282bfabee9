-- One row per month and department in which somebody worked there, to the last month in which anything was spent or
-- committed.
select staff.*
from {{ ref('int_staff__by_month') }} as staff
inner join {{ ref('int_months__of_data') }} as months on staff.month = months.month
where not months.is_ahead
