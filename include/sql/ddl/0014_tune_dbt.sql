-- dbt sorts and sums whole months: in memory, and without compiling statements that run once. A statement whose process
-- was killed ends by itself.
alter role svc_dbt set work_mem = '64MB';
alter role svc_dbt set jit = off;
alter role svc_dbt set client_connection_check_interval = '2s';
