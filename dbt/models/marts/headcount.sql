-- One row per month and department in which somebody worked there.
select * from {{ ref('int_staff__by_month') }}
