/** Which mark is under the pointer. Pure: Mercator units and a scale. */

import { placeAt, type Glide } from "../../fleet/glide";

const HIT_PX = 20;

/** The nearest item within 20 px, as it is drawn at `tS`; undefined when there is none. */
export function nearest<T extends { glide: Glide | null }>(
  items: Iterable<T>,
  at: { x: number; y: number },
  pxPerUnit: number,
  tS: number,
): T | undefined {
  let best: T | undefined;
  let least = HIT_PX / pxPerUnit;
  for (const item of items) {
    if (!item.glide) continue;
    const [x, y] = placeAt(item.glide, tS);
    const apart = Math.hypot(x - at.x, y - at.y);
    if (apart <= least) {
      least = apart;
      best = item;
    }
  }
  return best;
}
