-- Delivered again under the same name with the same content: the first sighting stands.
with sighting as (
    insert into ops.files (source, name, sha256, bytes, delivered_from, delivered_to, source_version, archive_uri)
    values (%(source)s, %(name)s, %(sha256)s, %(bytes)s, %(delivered_from)s, %(delivered_to)s, %(source_version)s, %(archive_uri)s)
    on conflict (source, name, sha256) do nothing
    returning file_id
)
select s.file_id from sighting as s
union all
select f.file_id from ops.files as f
where f.source = %(source)s and f.name = %(name)s and f.sha256 = %(sha256)s
