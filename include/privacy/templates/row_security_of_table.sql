
alter table $schema.$table enable row level security;
alter table $schema.$table force row level security;
create policy owner_acts on $schema.$table to $owner using (true) with check (true);
$pipeline
grant select on $schema.$table to owner_reporting;
create policy views_read on $schema.$table for select to owner_reporting
using ($rows);
