-- From here to the end of the transaction, the reader's group: what it may not see is refused or masked.
set local role {reader}
