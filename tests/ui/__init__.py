"""The pages: their questions as each reader, their routes, their sheets, their links."""
