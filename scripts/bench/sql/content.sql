select external_id || '|' || spent_on || '|' || amount as line from core.expenses where deleted_at is null
