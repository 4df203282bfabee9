update ops.metric_builds
set
    status = 'published',
    published_at = now(),
    rows_written = %(rows_written)s
where build_id = %(build_id)s
