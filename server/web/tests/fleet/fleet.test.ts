import { describe, expect, test } from "vitest";

import { glideTo, isGliding, latOf, lonOf, mercatorX, mercatorY, metre, placeAt, standAt } from "../../src/fleet/glide";
import { doubtM, learntIntervalS, motionOf, ringOf } from "../../src/fleet/motion";
import { takeFix } from "../../src/fleet/vehicle";
import { countsOf, filtered, rowsOf } from "../../src/fleet/view";
import { aFix, aVehicle, NOON } from "../support/builders";

const moment = (tS: number) => ({ nowMs: NOON + tS * 1000, tS, still: false });

describe("motion", () => {
  test("above 5 km/h it moves, below it stands", () => {
    expect(motionOf(aVehicle({ last: aFix({ speed_mps: 1.4 }) }), NOON)).toBe("moving");
    expect(motionOf(aVehicle({ last: aFix({ speed_mps: 1.3 }) }), NOON)).toBe("standing");
    expect(motionOf(aVehicle({ last: aFix({ speed_mps: null }) }), NOON)).toBe("standing");
  });
  test("silence begins after 120 s, or three usual intervals when those are longer", () => {
    expect(motionOf(aVehicle(), NOON + 120_000)).toBe("moving");
    expect(motionOf(aVehicle(), NOON + 120_001)).toBe("silent");
    expect(motionOf(aVehicle({ intervalS: 300 }), NOON + 899_000)).toBe("moving");
    expect(motionOf(aVehicle({ last: null, atMs: NaN }), NOON)).toBe("silent");
  });
  test("a longer interval is learnt at once, a shorter one slowly", () => {
    expect(learntIntervalS(10, 60)).toBe(60);
    expect(learntIntervalS(60, 10)).toBe(50);
    expect(learntIntervalS(10, 86_400)).toBe(600);
    expect(learntIntervalS(10, -5)).toBe(10);
  });
  test("the ring is empty at 60 s and the doubt never more than 2 km", () => {
    expect([0, 30, 60, 90].map(ringOf)).toEqual([1, 0.5, 0, 0]);
    expect([doubtM(10, 60, 4), doubtM(0, 600, 40), doubtM(10, 3600, 4)]).toEqual([600, 40, 2000]);
  });
});

describe("gliding", () => {
  const at = (east: number, speedMps = 10) => ({
    lon: 24.94 + ((east * metre(60)) / metre(0) / 111_319.49 / metre(60)) * metre(0),
    lat: 60,
    speedMps,
    courseDeg: 90,
  });
  const east = (x: number) => (x - mercatorX(24.94)) / metre(60);

  test("Mercator and back is the same place", () => {
    expect(lonOf(mercatorX(24.94))).toBeCloseTo(24.94, 9);
    expect(latOf(mercatorY(60.17))).toBeCloseTo(60.17, 9);
  });
  test("it starts where the mark is, so nothing ever jumps at a fix", () => {
    const first = glideTo(standAt(at(0), 0), at(0), 0, 0, 1);
    const second = glideTo(first, at(12), 0.7, 0, 1);
    expect(placeAt(second, 0.7)).toEqual(placeAt(first, 0.7));
  });
  test("it runs on at the fix's speed for as long as the next one usually takes, at most 2 s, then holds", () => {
    const short = glideTo(standAt(at(0), 0), at(0), 0, 0, 1);
    expect(east(placeAt(short, 1)[0])).toBeCloseTo(10, 1);
    const long = glideTo(standAt(at(0), 0), at(0), 0, 0, 30);
    expect(east(placeAt(long, 100)[0])).toBeCloseTo(20, 1);
    expect([isGliding(long, 1.9), isGliding(long, 2)]).toEqual([true, false]);
  });
  test("a standing van settles on its fix", () => {
    const glide = glideTo(standAt(at(0), 0), { ...at(3), speedMps: 0, courseDeg: null }, 0, 0, 1);
    expect(placeAt(glide, 5)[0]).toBeCloseTo(mercatorX(at(3).lon), 12);
  });
  test("a jump of more than 200 m is a new place that fades in, not a drive", () => {
    const glide = glideTo(standAt(at(0), 0), at(400), 7, 0, 1);
    expect([glide.durationS, glide.fadeS]).toEqual([0, 7]);
  });
  test("the course turns the short way round", () => {
    const before = standAt({ ...at(0), courseDeg: 350 }, 0);
    const glide = glideTo(before, { ...at(1), courseDeg: 10 }, 0, 0, 1);
    expect(Math.abs(glide.course1 - glide.course0)).toBeCloseTo((20 * Math.PI) / 180, 6);
  });
});

describe("taking a fix", () => {
  test("the newest by its own time wins, whatever came last", () => {
    const vehicle = aVehicle();
    const late = aFix({ at: new Date(NOON - 5000).toISOString(), lon: 0 });
    expect(takeFix(vehicle, late, moment(1))).toBe(false);
    expect(vehicle.last!.lon).toBe(24.94);
  });
  test("the committed twin of a hint fills it up without a second motion", () => {
    const vehicle = aVehicle();
    const { glide } = vehicle;
    takeFix(vehicle, aFix({ satellites: 9 }), moment(1));
    expect([vehicle.last!.satellites, vehicle.glide]).toEqual([9, glide]);
  });
  test("with reduced motion a van steps", () => {
    const vehicle = aVehicle();
    takeFix(vehicle, aFix({ at: new Date(NOON + 1000).toISOString() }), { ...moment(1), still: true });
    expect(vehicle.glide!.durationS).toBe(0);
  });
});

test("silent ones stand first, filters and search narrow, the figures count all", () => {
  const silent = aVehicle({ id: "van-9", name: "Van 9", gateway: null, atMs: NOON - 600_000 });
  const moving = aVehicle({ id: "m", name: "Van 1" });
  const rows = rowsOf([moving, silent], NOON);
  expect(rows.map(({ vehicle }) => vehicle.id)).toEqual(["van-9", "m"]);
  expect(countsOf(rows)).toMatchObject({ all: 2, moving: 1, silent: 1, standing: 0, todayM: 24_600 });
  expect(filtered(rows, "moving", "").length).toBe(1);
  expect(filtered(rows, "all", " gw-0012 ").length).toBe(1);
  expect(filtered(rows, "silent", "van 1").length).toBe(0);
});
