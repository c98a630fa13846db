"""What somebody scanned: a package, a tag, or neither, by the codes that are printed on either."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from server.api.answers import answer
from server.api.parts import Asker, OurParts
from server.api.problems import errors
from server.api.shapes_packages import Scanned
from server.domain.gs1 import Elements, Gs1Error, element_string, read_gs1
from server.domain.tag_ids import read_tag_id
from server.store import packages, tags

router = APIRouter(prefix="/api/v1", tags=["packages"], responses=errors(401, 403, 422, 503))


@router.get("/scan", response_model=Scanned)
def scan(
    request: Request,
    person: Asker,
    parts: OurParts,
    code: Annotated[
        str,
        Query(min_length=1, max_length=2000, description="The text of the code, FNC1 as U+001D", examples=["A17"]),
    ],
) -> Response:
    """What a code means here.

    Ids of packages and tags as they are, references and names; an SSCC, a GS1 element string of a Data Matrix, QR code
    or GS1-128, a GS1 Digital Link: by the reference of the package, in whatever form that is written.
    """
    text = code.strip(" \r\n\t")
    damage = ""
    try:
        elements = read_gs1(text)
    except Gs1Error as error:
        elements, damage = None, str(error)
    with parts.database.reading() as connection:
        kind, id_, says = _found(connection, text, elements, person.sees)
    reads: dict[str, Any] = {"gs1": elements} if elements else {}
    says = damage if damage and kind == "unknown" else says
    return answer(request, {"kind": kind, "id": id_, "reads": reads, "says": says})


def references(text: str, elements: Elements | None) -> list[str]:
    """How what was scanned may be written as a package's reference."""
    found = [text]
    if elements and "00" in elements:
        sscc = elements["00"]
        found += [sscc, f"00{sscc}", f"(00){sscc}", f"(00) {sscc}"]
    elif elements:
        found += [element_string(elements), "".join(f"({name}){value}" for name, value in elements.items())]
        if "01" in elements and "21" in elements:
            found.append(f"01{elements['01']}21{elements['21']}")
    return found


def _found(
    connection: Connection, text: str, elements: Elements | None, sees: frozenset[str] | None
) -> tuple[str, str | None, str]:
    """Kind, id, and the sentence. Ids go before references, those before names."""
    package = packages.one_package(connection, text, sees)
    if package is not None:
        closed = " It is closed." if package["closed_at"] else ""
        return "package", package["id"], f"Package {package['id']}.{closed}"
    tag = _tag(connection, text, sees)
    if tag is not None:
        on = f", on the package {tag['package_id']}" if tag["package_id"] else ", on no package"
        return "tag", tag["id"], f"Tag {tag['name'] or tag['id']}{on}."
    referred = packages.exactly(connection, references(text, elements), sees)
    called = [] if referred else tags.named(connection, text, sees)
    if len(referred) > 1 or len(called) > 1:
        return "unknown", None, "Several have this code. Scan another code that is on it, or type its id."
    if referred:
        return "package", referred[0], f"Package {referred[0]}."
    if called:
        return "tag", called[0], f"Tag {text}."
    return "unknown", None, "There is no package and no tag of this code."


def _tag(connection: Connection, text: str, sees: frozenset[str] | None) -> dict[str, Any] | None:
    try:
        return tags.one_tag(connection, text, sees) or tags.one_tag(connection, read_tag_id(text).id, sees)
    except ValueError:
        return None
