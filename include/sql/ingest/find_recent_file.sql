select 1
from ops.files as f
where f.source = %(source)s and f.name = %(name)s and f.last_seen_at > now() - interval '1 minute'
limit 1
