-- An e-mail belongs to one person: whoever has it in core keeps it, among new ones the first in the file gets it.
-- People who left count as well, as the index does; who gives an address away in this very file has it meanwhile.
insert into left_out (line, verdict, field, code)
select claim.line, 'rejected', 'email', 'duplicate_email'
from (
    select
        i.line, i.employee_no, i.email,
        row_number() over (partition by i.email order by t.email is not distinct from i.email desc, i.line) as place
    from incoming as i
    left join core.users as t on i.employee_no = t.employee_no
    where i.email is not null and coalesce(t.source_version <= %(source_version)s, true)
) as claim
where claim.place > 1
    or exists (
        select from core.users as o where o.email = claim.email and o.employee_no <> claim.employee_no)
