-- The holder of the key's lock writes.
insert into ops.api_requests (prefix, idempotency_key, request_sha256, status, answer)
values (%(prefix)s, %(idempotency_key)s, %(request_sha256)s, %(status)s, %(answer)s)
