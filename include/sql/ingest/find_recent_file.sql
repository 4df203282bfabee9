select f.file_id
from ops.files as f
where f.source = %(source)s and f.name = %(name)s and f.last_seen_at > now() - interval '1 minute'
order by f.last_seen_at desc
limit 1
