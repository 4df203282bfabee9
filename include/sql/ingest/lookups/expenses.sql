select w.value, w.scope, e.id
from wanted as w
inner join core.expenses as e on e.source = %(source)s and w.value = e.source_key and e.deleted_at is null
