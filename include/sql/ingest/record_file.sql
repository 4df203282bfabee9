-- Delivered again under the same name with the same content: the first sighting stands, the last one is noted.
insert into ops.files as f
    (source, name, sha256, bytes, delivered_from, delivered_to, source_version, archive_uri)
values (%(source)s, %(name)s, %(sha256)s, %(bytes)s, %(delivered_from)s, %(delivered_to)s, %(source_version)s, %(archive_uri)s)
on conflict (source, name, sha256) do update set last_seen_at = greatest(f.last_seen_at, now())
