select 1 from ops.api_keys where prefix = %(prefix)s and revoked_at is null and expires_at > now() + interval '1 day'
