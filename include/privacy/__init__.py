"""Who may see what: the policy, the readers, and the SQL that the policy becomes."""
