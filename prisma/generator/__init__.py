"""Turns a Prisma schema into Pydantic contracts, PostgreSQL tables and a list of what a change breaks."""
