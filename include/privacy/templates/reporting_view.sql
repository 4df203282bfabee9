
drop view if exists reporting.$table;
create view reporting.$table with (security_barrier) as
select
    $columns
from $schema.$table as t$reader$keys$where;
comment on view reporting.$table is '$comment';
grant select on reporting.$table to $readers;
