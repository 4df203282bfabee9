update ops.api_keys set last_used_at = now() where prefix = %(prefix)s
