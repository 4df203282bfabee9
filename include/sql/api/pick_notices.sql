-- Notices that may be due, key by key: their batch was taken in by a run, or nobody wants to be told.
select due.*
from (
    select
        n.batch_id, n.prefix, n.event_id, n.attempts, n.next_attempt_at, k.scopes, s.webhook_url, s.webhook_secret
    from ops.api_notices as n
    inner join ops.api_keys as k on n.prefix = k.prefix
    inner join ops.api_secrets as s on n.prefix = s.prefix
    inner join ops.api_batches as a on n.batch_id = a.batch_id
    where n.state = 'waiting' and n.next_attempt_at <= now() and n.prefix <> all(%(busy)s::text[])
        and (
            s.webhook_url is null
            or exists (
                select from ops.files as f
                where a.source = f.source and a.file_name = f.name and a.sha256 = f.sha256
                    and a.accepted_at <= f.last_seen_at))
    order by n.next_attempt_at
    limit 100
) as due
order by due.prefix, due.next_attempt_at
