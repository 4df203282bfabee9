-- When readers last got new figures.
select max(b.published_at) as published_at
from reporting.metric_builds as b
where b.status = 'published'
