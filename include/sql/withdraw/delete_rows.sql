-- Rows that nobody else delivered are deleted, and as old as can be: whoever delivers them next brings them back.
update core.{table} as t
set deleted_at = now(), updated_at = now(), batch_id = %(withdrawal)s, source_version = 'epoch'
from taken_back as w
where t.id = w.id and w.verdict = 'deleted'
