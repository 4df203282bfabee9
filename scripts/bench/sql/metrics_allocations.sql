-- One expense of ten is split over two lines of a grant.
insert into core.expense_allocations (
    expense_id, amount, currency, grant_id, grant_budget_line_id, source, source_key, source_version
)
select
    e.id,
    case when half = 0 then round(e.amount / 2, 2) else e.amount - round(e.amount / 2, 2) end,
    e.currency,
    ops.stable_id('grants', 'bench', (l.line %% 4)::text),
    ops.stable_id('lines', 'bench', l.line::text),
    'bench',
    e.id || '|' || half,
    now()
from core.expenses as e
cross join generate_series(0, 1) as half
cross join lateral (select (abs(hashtextextended(e.source_key, 2)) %% 20) * 2 + half as line) as l
where e.source_key::bigint %% 10 = 0
