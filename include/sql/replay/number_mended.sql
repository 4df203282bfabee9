-- Mended rows without a key take the numbers behind the rows of their original that are like them: those that were
-- accepted, and those that other mended files of the same original brought.
insert into occurrences (line, occurrence)
select numbered.line, numbered.occurrence
from (
    select
        s.line,
        m.n_alike
        + (
            select count(*)
            from core.{table} as t
            where t.source = %(source)s and split_part(t.source_key, '#', 1) = s.identity
                and t.batch_id in (
                    select sibling.mended_by_batch_id
                    from ops.rejects as own
                    inner join ops.rejects as sibling on own.batch_id = sibling.batch_id
                    where own.reject_id = m.reject_id and sibling.mended_by_batch_id is not null)
        )
        + row_number() over (partition by s.identity order by s.line) as occurrence
    from stage as s
    inner join (
        select d.row_number, min(d.reject_id) as reject_id, min(d.n_alike) as n_alike
        from ops.mendings as d
        where d.batch_id = %(batch_id)s
        group by d.row_number
    ) as m on s.row_number = m.row_number
    where not exists (select from left_out as l where l.line = s.line)
) as numbered
where numbered.occurrence > 1
