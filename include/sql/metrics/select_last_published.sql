select
    build_id,
    fingerprint
from ops.metric_builds
where status = 'published'
order by published_at desc
limit 1
