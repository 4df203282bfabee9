-- A long file is read within one transaction in which the server hears little; it holds up nobody.
select set_config('idle_in_transaction_session_timeout', '0', true)
