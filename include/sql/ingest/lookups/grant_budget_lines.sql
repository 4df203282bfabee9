-- The scope is the grant's code.
select w.value, w.scope, l.id
from wanted as w
inner join core.grants as g on w.scope = g.code and g.deleted_at is null
inner join core.grant_budget_lines as l on g.id = l.grant_id and w.value = l.code and l.deleted_at is null
