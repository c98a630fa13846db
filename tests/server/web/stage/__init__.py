"""A stage for the pages: serves dist/ and a scripted fleet with the API's shapes, on a free port of loopback.

It is no part of the product and knows no rule; the pages' end-to-end tests run against the real server. Here a test
can make what is hard to get there at will: no vehicle, 10,000, a server that goes away and comes back.

One module per room, each with `routes(stage)`; `running.ROOMS` lists them. By hand:
`python -m tests.server.web.stage --vans 26 --port 8099 --basemap FILE`.
"""

from tests.server.web.stage.answers import DIST, ROOT
from tests.server.web.stage.running import Stage
from tests.server.web.stage.session import PASSWORD
from tests.server.web.stage.vehicles import fleet

__all__ = ["DIST", "PASSWORD", "ROOT", "Stage", "fleet"]
