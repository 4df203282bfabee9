update ops.metric_builds
set
    status = %(status)s,
    error_code = %(error_code)s,
    built_at = now(),
    seconds = %(seconds)s
where build_id = %(build_id)s
