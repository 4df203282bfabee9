insert into ops.period_events (month, event, done_by, dag_id, run_id, checklist)
values (%(first_day)s, %(event)s, %(done_by)s, %(dag_id)s, %(run_id)s, %(checklist)s)
