-- A snapshot is the whole truth of its source: what it no longer holds is deleted (softly).
with gone as (
    update core.{table} as t
    set deleted_at = now(), updated_at = now(), batch_id = %(batch_id)s, source_version = %(source_version)s
    where t.source = %(source)s and t.deleted_at is null and t.source_version <= %(source_version)s
        and not exists (select from incoming as i where {match})
        and not exists (select from seen_later as l where l.id = t.id)
    returning {former_month} as month
)
insert into outcome (verdict, former_month, n_rows)
select 'deleted', gone.month, count(*) from gone group by gone.month
