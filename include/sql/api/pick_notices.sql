-- Notices that are due, with what a key wants to be told, and where.
select n.batch_id, n.prefix, n.event_id, n.attempts, k.webhook_url, k.webhook_secret
from ops.api_notices as n
inner join ops.api_keys as k on n.prefix = k.prefix
where n.state = 'waiting' and n.next_attempt_at <= now()
order by n.next_attempt_at
limit 100
