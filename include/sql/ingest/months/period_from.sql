{row}.period_from
