merge into core.expenses as t
using (
    select
        s.*, d.id as department_id, c.id as category_id, v.id as vendor_id, e.id as employee_id, a.id as approver_id
    from staged as s
    left join core.departments as d on s.department = d.code
    left join core.categories as c on s.category = c.code
    left join core.vendors as v on s.vendor = v.code
    left join core.users as e on s.employee = e.employee_no
    left join core.users as a on s.approver = a.employee_no
) as i on t.source = 'sample' and t.source_key = i.external_id
when matched and (t.amount, t.spent_on, t.status) is distinct from (i.amount, i.spent_on, i.status) then update set
    amount = i.amount, spent_on = i.spent_on, status = i.status
when not matched then insert (
    source, source_key, source_version, external_id, origin, kind, status, spent_on, amount, currency, description,
    cost_centre, account_code, document_no, receipt_no, submitted_at, approved_at, paid_at, department_id, category_id,
    vendor_id, employee_id, approver_id
) values (
    'sample', i.external_id, now(), i.external_id, i.origin, i.kind, i.status, i.spent_on, i.amount, i.currency,
    i.description, i.cost_centre, i.account_code, i.document_no, i.receipt_no, i.submitted_at, i.approved_at, i.paid_at,
    i.department_id, i.category_id, i.vendor_id, i.employee_id, i.approver_id
)
