-- A newer snapshot is the whole truth already: whatever a delivery before it says is history.
insert into left_out (line, verdict, field, code)
select i.line, 'superseded', '', ''
from incoming as i
