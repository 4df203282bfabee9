-- What one reference field asks for, each value once.
create temporary table wanted on commit drop as
select distinct s.{field} as value, coalesce({scope}, '') as scope
from stage as s
where s.{field} is not null
