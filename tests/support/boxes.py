"""What gateways say besides positions, sent to a running server: events, as a box would."""

from datetime import UTC, datetime

from server.store import accounts
from server.store.database import Database
from tests.support.peers import talking
from tests.support.servers import Server
from tests.support.waiting import until
from wire.encode import encode_up
from wire.messages import Ack, Event, Run
from wire.topics import topic


def say(server: Server, event: str, *vehicles: str, at: datetime | None = None, seq: int = 1) -> None:
    """Each of these boxes says that this happened (now); returns when the server has it."""
    with talking(server.mqtt) as (client, acks):
        for vehicle in vehicles:
            record = Event(at=at or datetime.now(UTC), event=event, detail={"pin": "lid"})
            run = Run(stream="a1b2", prev=seq - 1, seq_from=seq, seq_to=seq, records=((seq, record),))
            client.publish(topic(vehicle, "up"), encode_up(run), 1)
        ends = {vehicle: Ack(stream="a1b2", last=seq) for vehicle in vehicles}
        until(lambda: ends.items() <= acks.items(), 20, "the acks")


def let_there_be(server: Server, name: str, role: str) -> None:
    """A user, put straight into the database."""
    database = Database(server.database_url, server.data)
    with database.writing() as connection:
        if not accounts.known(connection, name):
            accounts.add_user(connection, name=name, role=role, now=datetime.now(UTC), elsewhere=True)  # type: ignore[arg-type]
    database.close()
