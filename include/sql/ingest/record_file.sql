-- Delivered again under the same name with the same content: the first sighting stands, the last one is noted, and the
-- original is in the archive again if it had left it. A dry run delivers nothing; what only dry runs have seen is
-- written down anew, so that it is as new as its delivery.
-- Of several files that speak of one day, the one that came last is the newest, and stays so when all are read anew;
-- mended rows are as old as the file that they were rejected from.
insert into ops.files as f
    (source, name, sha256, bytes, delivered_from, delivered_to, source_version, archive_uri, last_seen_at)
select
    %(source)s, %(name)s, %(sha256)s, %(bytes)s, %(delivered_from)s, %(delivered_to)s,
    case
        when %(is_mended)s then %(source_version)s::timestamptz
        else greatest(%(source_version)s::timestamptz, max(same_day.source_version) + interval '1 microsecond')
    end,
    %(archive_uri)s,
    case when not %(is_rehearsal)s then now() end
from ops.files as same_day
where same_day.source = %(source)s and same_day.delivered_to = %(delivered_to)s and same_day.last_seen_at is not null
on conflict (source, name, sha256) do update
set
    delivered_from = case when f.last_seen_at is null then excluded.delivered_from else f.delivered_from end,
    delivered_to = case when f.last_seen_at is null then excluded.delivered_to else f.delivered_to end,
    source_version = case when f.last_seen_at is null then excluded.source_version else f.source_version end,
    first_seen_at = case when f.last_seen_at is null then excluded.first_seen_at else f.first_seen_at end,
    last_seen_at = greatest(f.last_seen_at, excluded.last_seen_at),
    original_removed_at = null
returning f.file_id
