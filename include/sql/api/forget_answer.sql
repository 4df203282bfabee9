-- What is older than a day gives way to the answer that follows.
delete from ops.api_requests
where prefix = %(prefix)s and idempotency_key = %(idempotency_key)s and answered_at <= now() - interval '24 hours'
