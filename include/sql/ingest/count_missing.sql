-- How many rows of the source there are, and how many of them a snapshot no longer holds.
select
    count(*) as n_rows,
    count(*) filter (
        where not exists (select from incoming as i where {match})
            and not exists (select from seen_later as l where l.id = t.id)
    ) as n_missing
from core.{table} as t
where t.source = %(source)s and t.deleted_at is null and t.source_version <= %(source_version)s
