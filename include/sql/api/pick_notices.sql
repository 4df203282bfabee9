-- Notices that are due, with what a key wants to be told, and where.
select n.batch_id, n.prefix, n.event_id, n.attempts, s.webhook_url, s.webhook_secret
from ops.api_notices as n
inner join ops.api_secrets as s on n.prefix = s.prefix
where n.state = 'waiting' and n.next_attempt_at <= now()
order by n.next_attempt_at
limit 100
