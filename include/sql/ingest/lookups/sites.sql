select w.value, w.scope, t.id
from wanted as w
inner join core.sites as t on w.value = t.code and t.deleted_at is null
