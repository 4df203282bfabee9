insert into ops.metric_build_nodes (build_id, node, kind, status, severity, n_failures, n_rows, seconds)
values (%(build_id)s, %(node)s, %(kind)s, %(status)s, %(severity)s, %(n_failures)s, %(n_rows)s, %(seconds)s)
on conflict (build_id, node) do nothing
