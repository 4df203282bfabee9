(select e.spent_on from core.expenses as e where e.id = {row}.expense_id)
