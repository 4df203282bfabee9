merge into core.{table} as t
using incoming as i on {match}
when matched and t.source_version > %(source_version)s then do nothing
when matched and (t.deleted_at is not null or ({current}) is distinct from ({incoming})) then update set
    {assignments},
    source_version = %(source_version)s,
    batch_id = %(batch_id)s,
    source_row = i.row_number,
    updated_at = now(),
    deleted_at = null
when not matched then insert (id, source, source_key, source_version, batch_id, source_row, {columns})
values (i.id, i.source, i.source_key, %(source_version)s, %(batch_id)s, i.row_number, {values})
