update ops.api_keys set revoked_at = coalesce(revoked_at, now()) where prefix = %(prefix)s
