-- What no row may say, whoever writes it. The contracts in include/schemas say the same to a delivery, row by row
-- and with a code; this is the last line, for what comes by another way. Nothing may be refused here that a contract lets
-- through: one such row would fail its whole batch.

alter table core.users
add constraint users_left_after_hired check (left_on >= hired_on),
add constraint users_salary_not_negative check (monthly_salary >= 0),
add constraint users_currency_is_a_code check (salary_currency ~ '^[A-Z]{3}$');

alter table core.donors
add constraint donors_currency_is_a_code check (currency ~ '^[A-Z]{3}$');

alter table core.grants
add constraint grants_amount_positive check (amount > 0),
add constraint grants_end_after_start check (ends_on >= starts_on),
add constraint grants_currency_is_a_code check (currency ~ '^[A-Z]{3}$');

alter table core.grant_budget_lines
add constraint grant_budget_lines_amount_not_negative check (amount >= 0),
add constraint grant_budget_lines_currency_is_a_code check (currency ~ '^[A-Z]{3}$');

alter table core.fx_rates
add constraint fx_rates_rate_positive check (rate > 0),
add constraint fx_rates_valid_to_after_from check (valid_to >= valid_from),
add constraint fx_rates_currencies_are_codes check (from_currency ~ '^[A-Z]{3}$' and to_currency ~ '^[A-Z]{3}$');

alter table core.budgets
add constraint budgets_amount_not_negative check (amount >= 0),
add constraint budgets_period_to_after_from check (period_to >= period_from),
add constraint budgets_currency_is_a_code check (currency ~ '^[A-Z]{3}$');

alter table core.expenses
add constraint expenses_amount_fits_kind check (
    case kind
        when 'claim' then amount > 0
        when 'payment' then amount >= 0
        when 'refund' then amount <= 0
        else true
    end
),
add constraint expenses_origin_has_its_fields check (
    case origin
        when 'app' then employee_id is not null and category_id is not null
        else vendor_id is not null or cost_centre is not null
    end
),
add constraint expenses_currency_is_a_code check (currency ~ '^[A-Z]{3}$');

alter table core.expense_allocations
add constraint expense_allocations_currency_is_a_code check (currency ~ '^[A-Z]{3}$');

alter table core.leave_applications
add constraint leave_applications_end_after_start check (ends_on >= starts_on);

alter table core.meter_readings
add constraint meter_readings_energy_not_negative check (energy_kwh >= 0);

alter table core.accounting_periods
add constraint accounting_periods_month_is_its_first_day check (extract(day from month) = 1),
add constraint accounting_periods_closed_when check (status = 'open' or closed_at is not null);
