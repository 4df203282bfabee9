select w.value, w.scope, t.id
from wanted as w
inner join core.grants as t on w.value = t.code and t.deleted_at is null
