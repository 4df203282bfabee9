-- Under the lock nobody else builds: a session that does is one whose process was killed.
select pg_terminate_backend(a.pid, 5000)
from pg_stat_activity as a
where a.usename = current_user
    and a.datname = current_database()
    and a.application_name = %(application)s
    and a.pid <> pg_backend_pid()
