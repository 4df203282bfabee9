-- Rows of this batch that stand in core as an older delivery brought them; after the merge, so the others are newer.
insert into ops.sightings (batch_id, part, dataset, source_version, row_ids)
select
    %(batch_id)s, packed.part, %(dataset)s, %(source_version)s, array_agg(packed.id)
from (
    select t.id, (row_number() over () - 1) / 10000 as part
    from core.{table} as t
    inner join incoming as i on {match}
    where t.source_version < %(source_version)s
) as packed
group by packed.part
