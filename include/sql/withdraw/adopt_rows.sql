-- What a later delivery confirmed is its row from now on.
update core.{table} as t
set batch_id = w.confirmed_by, source_version = w.confirmed_version
from taken_back as w
where t.id = w.id and w.verdict = 'confirmed'
