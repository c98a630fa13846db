"""The reason of an event in words for people, and the observations that decided as numbers for programs."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from server.domain.custody.events import Case
    from server.domain.custody.values import Kind

UNHEARD_MS = 60_000
"""Silence so long before a halt is no word about it."""

Evidence = dict[str, str | float]


def because(kind: "Kind", case: "Case", vehicle: str | None, stop: str | None) -> tuple[str, Evidence]:
    """A sentence or two, and the evidence."""
    evidence = _evidence(case, vehicle)
    heard = _heard(case, vehicle)
    own, moved = case.parcel.vehicle, _moved(case, vehicle)
    match kind:
        case "loaded":
            text = f"{heard} It came to rest there; its level is steadier and louder than outside."
        case "wrong_vehicle":
            text = f"{heard} {moved} It is planned for {own}."
        case "left_behind":
            text = f"{_moved(case, own)} {_heard(case, own)} Of a parcel aboard it would hear more."
        case "left_aboard":
            text = f"It should have stayed at {stop}. {heard} {moved}"
        case "handed_over":
            text = f"{_taken_out(case, vehicle, stop)} {heard}"
        case "wrong_stop":
            place = f"at {stop}" if stop else "at a halt that is no stop of the plan"
            belongs = f" It belongs to {case.parcel.stop.id}." if case.parcel.stop else ""
            text = f"It was taken out {place}.{belongs} {heard}"
        case "missing":
            text = "Scanners that work and should hear it do not, and nothing left that could have taken it along."
        case "found":
            text = f"The alarm ({case.said.alarm}) no longer holds. {heard}"
    return text.replace("  ", " ").strip(), evidence


def _taken_out(case: "Case", vehicle: str | None, stop: str | None) -> str:
    """What was heard says it, or only the plan: a scanner that hears nothing is no witness."""
    now = case.told.seen.vehicles.get(vehicle or "")
    visits = [one for one in now.visits if _serves(case, one.spot, stop)] if now is not None else []
    if visits and case.heard_ms(vehicle) < visits[-1].from_ms - UNHEARD_MS:
        return f"{vehicle} halted at {stop}, where it belongs. Nothing was heard of it there: the plan says so."
    return f"It was taken out at {stop}, where it belongs."


def _serves(case: "Case", spot: int, stop: str | None) -> bool:
    seen = case.told.seen.spots.get(spot)
    return seen is not None and any(near[0] == stop for near in seen.near)


def _heard(case: "Case", vehicle: str | None) -> str:
    level, ago_s = _last(case, vehicle)
    if level is None:
        return f"{vehicle} has not heard its tag." if vehicle else ""
    when = "now" if ago_s <= 10 else f"{ago_s:.0f} s ago" if ago_s < 180 else f"{ago_s / 60:.0f} min ago"
    return f"{vehicle} heard its tag last {when}, at {level:.0f} dBm."


def _moved(case: "Case", vehicle: str | None) -> str:
    now = case.told.seen.vehicles.get(vehicle or "")
    if now is None:
        return ""
    if now.standing:
        return f"{vehicle} stands."
    away_m = now.away_m if now.spot >= 0 else now.odometer_m
    return f"{vehicle} drives, and is {away_m:.0f} m from where it stood."


def _last(case: "Case", vehicle: str | None) -> tuple[float | None, float]:
    ears, number = case.told.ears, case.told.number.get(vehicle or "", -9)
    columns = np.flatnonzero(ears.scanner[case.row] == number)
    if not len(columns) or ears.heard_ms[case.row, columns[0]] == 0:
        return None, 0.0
    ago_ms = case.told.window.to_ms - int(ears.heard_ms[case.row, columns[0]])
    return float(ears.level[case.row, columns[0]]), ago_ms / 1000


def _evidence(case: "Case", vehicle: str | None) -> Evidence:
    ears, found = case.told.ears, {}
    by_number = {number: name for name, number in case.told.number.items()}
    for number, level, heard_ms in zip(
        ears.scanner[case.row].tolist(), ears.level[case.row].tolist(), ears.heard_ms[case.row].tolist(), strict=True
    ):
        if number >= 0 and heard_ms > 0:
            found[f"{by_number[number]}.level_dbm"] = round(level, 1)
            found[f"{by_number[number]}.heard_s_ago"] = (case.told.window.to_ms - heard_ms) / 1000
    now = case.told.seen.vehicles.get(vehicle or "")
    if now is not None:
        found[f"{vehicle}.away_m"] = round(now.away_m, 1)
        found[f"{vehicle}.fix_ms"] = now.at_ms
    return found
