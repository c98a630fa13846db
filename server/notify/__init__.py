"""Ways to people: e-mail, webhooks, whatever apprise can reach; and the sender of what waits in the outbox table."""
