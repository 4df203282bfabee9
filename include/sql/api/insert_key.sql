insert into ops.api_keys (prefix, name, secret_sha256, scopes, expires_at, webhook_url, webhook_secret)
values (
    %(prefix)s, %(name)s, %(secret_sha256)s, %(scopes)s, now() + make_interval(days => %(days)s), %(webhook_url)s, %(webhook_secret)s
)
