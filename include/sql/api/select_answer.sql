select request_sha256, status, answer from ops.api_requests
where prefix = %(prefix)s and idempotency_key = %(idempotency_key)s and answered_at > now() - interval '24 hours'
