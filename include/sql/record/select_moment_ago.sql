-- A moment of the past by the database's clock, which also wrote run_at.
select now() - %(age)s as moment
