-- Every version of an expense that the reader may see: the one that stands first, then the former ones, newest first, each
-- with who or what ended it. A former version holds the fields that the reader may see raw.
select
    'now' as version,
    e.updated_at as since_at,
    null::timestamptz as until_at,
    null::text as operation,
    null::text as ended_by,
    b.source as batch_source,
    b.file_name,
    e.source_row,
    e.batch_id,
    b.dag_id,
    b.run_id,
    to_jsonb(e) - 'id' - 'created_at' - 'updated_at' as fields
from reporting.expenses as e
left join reporting.ingestion_batches as b on e.batch_id = b.batch_id
where e.id = %(expense)s
union all
select
    'former',
    coalesce((v.row ->> 'updated_at')::timestamptz, v.ended_at),
    v.ended_at,
    v.operation::text,
    v.ended_by,
    b.source,
    b.file_name,
    (v.row ->> 'source_row')::bigint,
    (v.row ->> 'batch_id')::uuid,
    b.dag_id,
    b.run_id,
    v.row - 'id' - 'created_at' - 'updated_at'
from (
    select * from reporting.row_versions
    where table_name = 'expenses' and row_id = %(expense)s
    order by id desc
    limit %(rows)s
) as v
left join reporting.ingestion_batches as b on (v.row ->> 'batch_id')::uuid = b.batch_id
order by until_at desc nulls first
limit %(rows)s
