-- One row per expense category.
select * from {{ ref('stg_core__categories') }}
