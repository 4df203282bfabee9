-- Whether any value of the reference names nothing; only then is the whole stage searched for its rows.
select from wanted as w
left join {lookup} as r on w.value = r.value and w.scope = r.scope
where r.id is null
limit 1
