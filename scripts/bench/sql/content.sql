-- A loaded expense as its line of the file says it, references by their codes.
select
    concat_ws(
        '|', x.external_id, x.origin, x.kind, x.status, x.spent_on, x.amount, x.currency, x.description, x.cost_centre,
        x.account_code, x.document_no, x.receipt_no,
        to_char(x.submitted_at at time zone 'Africa/Nairobi', 'YYYY-MM-DD"T"HH24:MI:SS"+03:00"'),
        to_char(x.approved_at at time zone 'Africa/Nairobi', 'YYYY-MM-DD"T"HH24:MI:SS"+03:00"'),
        coalesce(x.paid_at::text, ''), d.code, c.code, v.code, e.employee_no, a.employee_no
    ) as line
from core.expenses as x
left join core.departments as d on x.department_id = d.id
left join core.categories as c on x.category_id = c.id
left join core.vendors as v on x.vendor_id = v.id
left join core.users as e on x.employee_id = e.id
left join core.users as a on x.approver_id = a.id
where x.deleted_at is null
