-- One row per department.
select * from {{ ref('stg_core__departments') }}
