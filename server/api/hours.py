"""Hours in words: what a text such as `Mon-Fri 11:00-15:00` means, for whoever is typing it."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from server.api.problems import errors
from server.api.shapes_fences import Hours
from server.domain.fences.hours import HoursError
from server.domain.fences.properties import PropertyError, read_properties
from server.domain.fences.schedule import in_force
from server.domain.fences.sentence import schedule_sentence

router = APIRouter(prefix="/api/v1", tags=["fences"], responses=errors(401, 403, 422, 503))


@router.get("/hours", response_model=Hours)
def read_hours(
    text: Annotated[str, Query(max_length=500, examples=["Mon-Fri 11:00-15:00; Sat 10:00-12:00"])],
    time_zone: Annotated[str, Query(max_length=100, examples=["Europe/Helsinki"])] = "UTC",
    holidays: Annotated[str, Query(max_length=2000, description="Dates with commas between them")] = "",
) -> dict[str, Any]:
    """What these hours of a fence or an alert rule mean, in a sentence; or why they cannot be read."""
    dates = [date.strip() for date in holidays.split(",") if date.strip()]
    try:
        said = read_properties({"hours": text, "time_zone": time_zone, "holidays": dates}, "area")
    except (HoursError, PropertyError) as error:
        return {"says": None, "now": None, "error": str(error)[:1].upper() + str(error)[1:] + "."}
    now = in_force(said["schedule"], round(datetime.now(UTC).timestamp() * 1000))
    return {"says": schedule_sentence(said["schedule"]), "now": now, "error": None}
