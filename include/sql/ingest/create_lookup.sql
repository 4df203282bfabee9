-- The rows that a reference's values name.
create temporary table {lookup} on commit drop as
{query}
