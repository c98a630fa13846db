/** A fact in words: what happened, and its figures. Pure. */

import type { Fact } from "../api/alert_types";
import { clock, duration } from "./age";
import { distance, speed } from "./units";

export interface FactWords {
  title: string;
  detail: string;
}

const NBSP = "\u00a0";
const HALTS: Record<string, string> = {
  site: "at a site",
  stop: "at a stop",
  traffic: "in traffic",
  break: "a break",
  idle: "with the engine on",
};

/** `place` names a fence by its id. */
export function factWords(fact: Fact, place: (fence: string) => string): FactWords {
  const fence = fact.fence ? place(fact.fence) : "the fence";
  const words = WORDS[fact.kind];
  return words ? words(fact, fence) : { title: sentenceCase(fact.kind.replaceAll("_", " ")), detail: "" };
}

type Words = (fact: Fact, fence: string) => FactWords;

const plain =
  (title: string): Words =>
  (fact) => ({ title, detail: typeof fact.detail === "string" ? fact.detail : "" });

const packaged =
  (title: string): Words =>
  (fact) => ({
    title: `Package ${String(fact.package ?? "")} ${title}`,
    detail: typeof fact.because === "string" ? fact.because : "",
  });

const harsh =
  (title: string): Words =>
  ({ mps2, speed_mps }) => ({
    title,
    detail: joined(
      figure(mps2, (value) => `${value.toFixed(1)}${NBSP}m/s²`),
      figure(speed_mps, speed),
    ),
  });

const lasted =
  (title: string): Words =>
  ({ duration_s }) => ({ title, detail: figure(duration_s, (s) => `after ${duration(s)}`) });

const measured =
  (title: string): Words =>
  ({ sensor, quantity, value, limit }) => ({
    title: title.replace("It", sentenceCase(String(quantity ?? sensor ?? "A value"))),
    detail: joined(
      figure(value, String),
      figure(limit, (most) => `limit ${most}`),
    ),
  });

const WORDS: Record<string, Words> = {
  trip_started: plain("Trip started"),
  trip_ended: ({ distance_m, duration_s, max_speed_mps }) => ({
    title: "Trip ended",
    detail: joined(
      figure(distance_m, distance),
      figure(duration_s, (s) => `in ${duration(s)}`),
      figure(max_speed_mps, (mps) => `up to ${speed(mps)}`),
    ),
  }),
  halt_started: plain("Stopped"),
  halt_ended: ({ duration_s, halt }) => ({
    title: "Drove on",
    detail: joined(
      figure(duration_s, (s) => `stood ${duration(s)}`),
      HALTS[String(halt)] ?? "",
    ),
  }),
  fence_entered: (_, fence) => ({ title: `Entered ${fence}`, detail: "" }),
  fence_left: ({ duration_s }, fence) => ({
    title: `Left ${fence}`,
    detail: figure(duration_s, (s) => `after ${duration(s)} inside`),
  }),
  fence_crossed: ({ duration_s }, fence) => ({
    title: `Crossed ${fence}`,
    detail: figure(duration_s, (s) => `in ${duration(s)}`),
  }),
  dwell_reached: ({ dwell_s }, fence) => ({
    title: `Waits in ${fence}`,
    detail: figure(dwell_s, (s) => `for ${duration(s)}`),
  }),
  idling_started: plain("Engine on while standing"),
  idling_ended: lasted("Idling ended"),
  speeding_started: ({ limit_mps }) => ({
    title: "Faster than the limit",
    detail: figure(limit_mps, (mps) => `limit ${speed(mps)}`),
  }),
  road_speeding: ({ duration_s, max_speed_mps, limit_mps, road }) => ({
    title: typeof road === "string" ? `Faster than allowed on ${road}` : "Faster than the road allows",
    detail: joined(
      figure(limit_mps, (mps) => `limit ${speed(mps)}`),
      figure(duration_s, (s) => `for ${duration(s)}`),
      figure(max_speed_mps, (mps) => `up to ${speed(mps)}`),
    ),
  }),
  speeding_ended: ({ duration_s, max_speed_mps }) => ({
    title: "Within the limit again",
    detail: joined(
      figure(duration_s, (s) => `after ${duration(s)}`),
      figure(max_speed_mps, (mps) => `up to ${speed(mps)}`),
    ),
  }),
  harsh_braking: harsh("Braked hard"),
  harsh_acceleration: harsh("Accelerated hard"),
  harsh_cornering: harsh("Cornered hard"),
  ignition_on: plain("Ignition on"),
  ignition_off: plain("Ignition off"),
  tamper: plain("Somebody opened the gateway"),
  battery_low: plain("The battery is low"),
  receiver_lost: plain("The receiver is lost"),
  receiver_found: plain("The receiver is back"),
  restarted: plain("The gateway restarted"),
  sensor_high: measured("It is too high"),
  sensor_low: measured("It is too low"),
  sensor_normal: measured("It is as it should be"),
  gateway_silent: ({ last_seen_at }) => ({
    title: "The gateway is silent",
    detail: typeof last_seen_at === "string" ? `heard last ${clock(new Date(last_seen_at))}` : "",
  }),
  gateway_heard: lasted("The gateway is heard again"),
  loaded: packaged("is aboard"),
  wrong_vehicle: packaged("is in the wrong van"),
  left_behind: packaged("is left behind"),
  left_aboard: packaged("is still aboard"),
  handed_over: packaged("was handed over"),
  wrong_stop: packaged("is at the wrong stop"),
  missing: packaged("is missing"),
  found: packaged("is found"),
};

const figure = (value: unknown, words: (value: number) => string): string =>
  typeof value === "number" && Number.isFinite(value) ? words(value) : "";
const joined = (...parts: string[]): string => parts.filter(Boolean).join(", ");
const sentenceCase = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
