/** The shapes of packages, tags and custody, from the server's OpenAPI document. */

import type { components } from "./schema";

type Schemas = components["schemas"];

export type Place = string; // "vehicle:v1", "site:depot", "stop:S1", "unknown"

export type Load = Schemas["Load"];
export type LoadPackage = Schemas["LoadPackage"];
export type Stranger = Schemas["Stranger"];
export type SiteLoad = Schemas["SiteLoad"];
export type Aboard = LoadPackage["aboard"];
export type LoadState = Load["state"];

export type StopPlace = Schemas["StopPlace"];
export type CustodyNow = Schemas["Custody"];
export type Package = Schemas["Package"];
export type PutPackage = Partial<Schemas["PutPackage"]>;
export type CustodySpan = Schemas["CustodySpan"];
export type CustodyEvent = Schemas["CustodyEvent"];
export type PackageCustody = Schemas["PackageCustody"];
export type RouteRow = Schemas["PlannedRoute"];

export type Binding = Schemas["Binding"];
export type Imported = Schemas["Imported"];
export type Scanned = Schemas["Scanned"];
/** In an answer both ends are there; null is none. */
export type Limit = Required<Schemas["Limit"]>;
export type Tag = Omit<Schemas["Tag"], "limits"> & { limits: Limit[] };
export type TagReadings = Schemas["TagReadings"];

/** How well a filter did in a world: of ours, or of a simple one beside it. */
export type Score = Schemas["Score"];
export type World = Schemas["World"];
export type Truth = Schemas["Truth"];
