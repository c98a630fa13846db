/** What belongs into vehicles, and what is in them. */

import type { Load, SiteLoad } from "./custody_types";
import { json } from "./http";

const V1 = "/api/v1";

export const siteLoad = (site: string, signal?: AbortSignal): Promise<SiteLoad> =>
  json(`${V1}/load?${new URLSearchParams({ site })}`, { signal });

export const vehicleLoad = (vehicle: string, signal?: AbortSignal): Promise<Load> =>
  json(`${V1}/vehicles/${encodeURIComponent(vehicle)}/load`, { signal });
