-- The holder of the key's lock writes; what is older than a day gives way.
with forgotten as (
    delete from ops.api_requests
    where prefix = %(prefix)s and idempotency_key = %(idempotency_key)s and answered_at <= now() - interval '24 hours'
)
insert into ops.api_requests (prefix, idempotency_key, request_sha256, status, answer)
values (%(prefix)s, %(idempotency_key)s, %(request_sha256)s, %(status)s, %(answer)s)
