/** What places are called: vehicles by the fleet, sites by their fence, stops by the package that is to go there. */

import type { StopPlace } from "../api/custody_types";
import { fenceBook } from "../fences/book.svelte";
import type { Fleet } from "../fleet/fleet.svelte";
import type { Names } from "../words/custody";

export function namesOf(fleet: Fleet, stop: StopPlace | null = null, stopId: string | null = null): Names {
  return {
    vehicle: (id) => (void fleet.version, fleet.vehicle(id)?.name ?? id),
    site: (id) => fenceBook.one(id)?.properties.name ?? id,
    stop: (id) => {
      const own = id.split("/").at(-1)!; // a place names the route too: `stop:r7/s1`
      return stop && own === stopId ? stop.name || `stop ${own}` : `stop ${own}`;
    },
  };
}
