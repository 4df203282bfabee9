-- The rows as core will hold them: references resolved, ids known, left-out rows gone.
create temporary view incoming as
select
    s.line,
    s.row_number,
    ops.stable_id({dataset}, {source}, {identity}) as id,
    {source}::text as source,
    {identity} as source_key,
    {columns}
from stage as s
left join occurrences as o on s.line = o.line
{joins}
where not exists (select from left_out as l where l.line = s.line)
