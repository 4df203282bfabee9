-- Rows of the stage that will not be loaded, and why.
create temporary table left_out (
    line bigint primary key, verdict text not null, field text not null, code text not null
) on commit drop;
-- Rows of this batch that other rows of it may refer to (a department's parent, a user's manager).
create temporary table arriving (value text, id uuid) on commit drop;
-- Second and later occurrences of rows that are alike and have no key: genuine, numbered, counted.
create temporary table occurrences (line bigint primary key, occurrence bigint not null) on commit drop
