-- Of what rows name: what nobody knows, and e-mails that belong to another person than the row's.
select asked.target, unknown.name, null as employee_no
from (
    select wanted.target, array_agg(wanted.name) as names
    from unnest(%(targets)s::text[], %(names)s::text[]) as wanted (target, name)
    group by wanted.target
) as asked
cross join lateral ops.unknown_names(asked.target, asked.names) as unknown (name)
union all
select null, taken.email, taken.employee_no
from ops.others_emails(%(employee_nos)s::text[], %(emails)s::text[]) as taken
