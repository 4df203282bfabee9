update ops.files
set original_removed_at = now()
where archive_uri = %(archive_uri)s and original_removed_at is null
