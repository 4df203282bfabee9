-- A key by its prefix, while it is good; whether its last use has to be noted again.
select
    prefix, secret_sha256, scopes,
    expires_at > now() and revoked_at is null as is_good,
    coalesce(last_used_at < now() - interval '1 minute', true) as is_use_due
from ops.api_keys
where prefix = %(prefix)s
