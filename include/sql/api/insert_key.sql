with made as (
    insert into ops.api_keys (prefix, name, scopes, expires_at)
    values (%(prefix)s, %(name)s, %(scopes)s, now() + make_interval(days => %(days)s))
    returning prefix
)
insert into ops.api_secrets (prefix, secret_sha256, webhook_url, webhook_secret)
select prefix, %(secret_sha256)s, %(webhook_url)s, %(webhook_secret)s from made
