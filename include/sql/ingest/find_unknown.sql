-- Values of the reference that name nothing; only where there are any is the whole stage searched for their rows.
select w.value
from wanted as w
left join {lookup} as r on w.value = r.value and w.scope = r.scope
where r.id is null
