create temporary table staged (
    external_id text, origin core.expense_origin, kind core.expense_kind, status core.expense_status, spent_on date,
    amount numeric(14, 2), currency char(3), description text, cost_centre text, account_code text, document_no text,
    receipt_no text, submitted_at timestamptz, approved_at timestamptz, paid_at timestamptz, department text,
    category text, vendor text, employee text, approver text
) on commit drop
