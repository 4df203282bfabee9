-- Mended rows without a key take the numbers behind the rows of their original that are like them: those that were
-- accepted, and those that other mended files of the same original brought. A reject that was carried on leads back
-- to the original step by step. Of a wide record that was rejected in part, the other rows may be home under the same
-- content: theirs are the numbers before.
with recursive lineage (row_number, batch_id) as (
    select m.row_number, r.batch_id
    from ops.mendings as m
    inner join ops.rejects as r on m.reject_id = r.reject_id
    where m.batch_id = %(batch_id)s
    union
    select l.row_number, r.batch_id
    from lineage as l
    inner join ops.rejects as r on l.batch_id = r.carried_to_batch_id
),

menders as (
    select distinct l.row_number, r.mended_by_batch_id as batch_id
    from lineage as l
    inner join ops.rejects as r on l.batch_id = r.batch_id
    where r.mended_by_batch_id is not null
),

numbered as (
    select
        s.line,
        greatest(
            m.n_alike + (
                select count(*)
                from core.{table} as t
                inner join menders as d on t.batch_id = d.batch_id and s.row_number = d.row_number
                where t.source = %(source)s and split_part(t.source_key, '#', 1) = s.identity
            ),
            (
                select max(split_part(t.source_key, '#', 2)::bigint)
                from core.{table} as t
                inner join lineage as d on t.batch_id = d.batch_id and s.row_number = d.row_number
                where t.source = %(source)s and split_part(t.source_key, '#', 1) = s.identity
            )
        )
        + row_number() over (partition by s.identity order by s.line) as occurrence
    from stage as s
    inner join (
        select d.row_number, min(d.n_alike) as n_alike
        from ops.mendings as d
        where d.batch_id = %(batch_id)s
        group by d.row_number
    ) as m on s.row_number = m.row_number
    where not exists (select from left_out as l where l.line = s.line)
)

insert into occurrences (line, occurrence)
select n.line, n.occurrence
from numbered as n
where n.occurrence > 1
