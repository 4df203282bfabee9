insert into core.expenses (
    source, source_key, source_version, external_id, origin, kind, status, spent_on, amount, currency, description,
    cost_centre, account_code, document_no, receipt_no, submitted_at, approved_at, paid_at, department_id, category_id,
    vendor_id, employee_id, approver_id
) values {values}
on conflict (source, source_key) do update set
    amount = excluded.amount, spent_on = excluded.spent_on, status = excluded.status
where (core.expenses.amount, core.expenses.spent_on, core.expenses.status)
    is distinct from (excluded.amount, excluded.spent_on, excluded.status)
