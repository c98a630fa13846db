/** The packages that the table shows: read by the filters in the URL, kept by the stream. */

import type { Package, Place } from "../api/custody_types";
import { packages } from "../api/packages";
import { Pages } from "../parts/pages.svelte";

/** What the stream says of a package. */
interface Said {
  package_id: string;
  place: Place;
  p: number;
  alarm: string | null;
  at?: string;
}

export class PackageList extends Pages<Package> {
  constructor() {
    super(packages);
  }

  hear({ package_id, place, p, alarm, at }: Said, now: string): void {
    const found = this.items?.find(({ id }) => id === package_id);
    if (!found) return;
    const since = found.custody?.place === place ? found.custody.since : (at ?? now);
    const custody = { place, p, alarm, since, at: at ?? now, said: "" };
    this.put({ ...found, custody });
  }
}
