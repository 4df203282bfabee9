-- A message is queued once per dedupe key, whoever says it again.
insert into ops.outbox (dedupe_key, topic, message)
values (%(dedupe_key)s, %(topic)s, %(message)s)
on conflict (dedupe_key) do nothing
