"""What is kept, and where: SQL for facts and accounts, telemetry for series. Plain functions take a connection."""
