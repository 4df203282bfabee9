-- Expenses of 24 months: two of three from a ledger, one a claim; one of ten is split over two lines of a grant. The same
-- for the same number.
insert into core.expenses (
    id, origin, kind, status, spent_on, amount, currency, submitted_at, approved_at, paid_at, department_id, category_id,
    vendor_id, employee_id, source, source_key, source_version
)
select
    ops.stable_id('expenses', 'bench', n::text),
    case when r.of_claim then 'app' else 'ledger' end::core.expense_origin,
    case when r.of_claim then 'claim' else 'payment' end::core.expense_kind,
    case when not r.of_claim then 'posted' when r.h %% 20 = 0 then 'submitted' else 'reimbursed' end::core.expense_status,
    r.day,
    1 + (r.h %% 5000000) / 100.0,
    (array['KES', 'KES', 'KES', 'USD', 'EUR'])[1 + r.h %% 5],
    case when r.of_claim then r.day + interval '1 day' end,
    case when r.of_claim and r.h %% 20 <> 0 then r.day + interval '3 days' end,
    case when r.of_claim and r.h %% 20 <> 0 then r.day + interval '9 days' end,
    ops.stable_id('departments', 'bench', (r.h / 7 %% 8)::text),
    ops.stable_id('categories', 'bench', (r.h / 61 %% 12)::text),
    case when not r.of_claim then ops.stable_id('vendors', 'bench', (r.h / 13 %% 2000)::text) end,
    case when r.of_claim then ops.stable_id('users', 'bench', (r.h / 17 %% 60)::text) end,
    'bench',
    n::text,
    now()
from generate_series(1, %(rows)s) as n
cross join lateral (
    select
        abs(hashtextextended(n::text, 0)) as h,
        n %% 3 = 0 as of_claim,
        (date '2024-11-01' + (abs(hashtextextended(n::text, 1)) %% 730)::integer)::date as day
) as r
