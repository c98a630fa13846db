"""Alembic's migrations: one file a change of the schema, for SQLite and PostgreSQL alike."""
