insert into ops.api_notices (batch_id, prefix) values (%(batch_id)s, %(prefix)s) on conflict do nothing
