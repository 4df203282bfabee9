-- Delivered again under the same name with the same content: the first sighting stands, the last one is noted, and the
-- original is in the archive again if it had left it.
-- Of several files that speak of one day, the one that came last is the newest, and stays so when all are read anew;
-- mended rows are as old as the file that they were rejected from.
insert into ops.files as f
    (source, name, sha256, bytes, delivered_from, delivered_to, source_version, archive_uri)
select
    %(source)s, %(name)s, %(sha256)s, %(bytes)s, %(delivered_from)s, %(delivered_to)s,
    case
        when %(is_mended)s then %(source_version)s::timestamptz
        else greatest(%(source_version)s::timestamptz, max(same_day.source_version) + interval '1 microsecond')
    end,
    %(archive_uri)s
from ops.files as same_day
where same_day.source = %(source)s and same_day.delivered_to = %(delivered_to)s
on conflict (source, name, sha256) do update
set last_seen_at = greatest(f.last_seen_at, now()), original_removed_at = null
