-- A key by its prefix: what proves it, whether it is good, and whether its last use has to be noted again.
select
    k.prefix, s.secret_sha256, k.scopes,
    k.expires_at > now() and k.revoked_at is null as is_good,
    coalesce(k.last_used_at < now() - interval '1 minute', true) as is_use_due
from ops.api_keys as k
inner join ops.api_secrets as s on k.prefix = s.prefix
where k.prefix = %(prefix)s
