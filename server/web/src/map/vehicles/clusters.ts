/** Groups vehicles when too many are in view. Pure: Mercator in, groups out. */

import type { Glide } from "../../fleet/glide";

export const MOST_IN_VIEW = 300;
const CELL_PX = 72;
const WORLD_PX = 512;

export interface Box {
  west: number;
  north: number;
  east: number;
  south: number;
}

export interface Clustered<T> {
  key: string;
  members: T[];
  x: number;
  y: number;
}

/** Groups of two or more in the cells of a grid that stands still on the ground; none while few enough are in view. */
export function clustersIn<T extends { glide: Glide | null }>(
  vehicles: Iterable<T>,
  box: Box,
  zoom: number,
): Clustered<T>[] {
  const inView: T[] = [];
  for (const vehicle of vehicles) if (vehicle.glide && inside(vehicle.glide, box)) inView.push(vehicle);
  if (inView.length <= MOST_IN_VIEW) return [];
  const size = CELL_PX / (WORLD_PX * 2 ** Math.floor(zoom));
  const cells = new Map<string, T[]>();
  for (const vehicle of inView) {
    const key = `${Math.floor(vehicle.glide!.x1 / size)}:${Math.floor(vehicle.glide!.y1 / size)}`;
    const cell = cells.get(key);
    if (cell) cell.push(vehicle);
    else cells.set(key, [vehicle]);
  }
  const groups: Clustered<T>[] = [];
  for (const [key, members] of cells) if (members.length > 1) groups.push({ key, members, ...middle(members) });
  return groups;
}

const inside = ({ x1, y1 }: Glide, box: Box): boolean =>
  x1 >= box.west && x1 <= box.east && y1 >= box.north && y1 <= box.south;

function middle(members: { glide: Glide | null }[]): { x: number; y: number } {
  let x = 0;
  let y = 0;
  for (const { glide } of members) {
    x += glide!.x1;
    y += glide!.y1;
  }
  return { x: x / members.length, y: y / members.length };
}
