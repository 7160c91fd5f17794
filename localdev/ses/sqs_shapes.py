"""Requests of the queue taken apart: members of the right type and range, batches of entries.

Source: the request shapes of botocore's SQS model, with the SQS API reference for the limits.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from localdev.ses.faults import Fault

MAX_ENTRIES = 10


def object_of(body: bytes) -> dict[str, Any]:
    """Return the body as a JSON object; raise Fault when it is none."""
    try:
        value = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise Fault("SerializationException", "The body is not a JSON object.")
    return value


def text_of(given: Mapping[str, Any], name: str) -> str:
    """Return a member that must be there."""
    value = given.get(name)
    if not isinstance(value, str):
        raise Fault("MissingParameter", f"The request must contain the parameter {name}.")
    return value


def whole(given: Mapping[str, Any], name: str, default: int | None, least: int, most: int) -> int:
    """Return a whole number between two limits.

    Raises Fault when it is outside, or missing with no default.
    """
    value = given.get(name, default)
    if not isinstance(value, int) or not least <= value <= most:
        reason = f"Must be between {least} and {most}, if provided."
        raise Fault("InvalidParameterValue", f"Value for parameter {name} is invalid. {reason}")
    return value


def names_of(given: Mapping[str, Any], name: str) -> set[str]:
    """Return a list of names, empty when it is missing; items that are no names are left out."""
    value = given.get(name)
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()


def each(given: Mapping[str, Any], act: Callable[[Mapping[str, Any]], Any]) -> dict[str, Any]:
    """Do this for every entry of a batch; return what became of each."""
    done, failed = [], []
    for entry in _entries(given):
        id_ = text_of(entry, "Id")
        try:
            act(entry)
            done.append({"Id": id_})
        except Fault as fault:
            failed.append(
                {"Id": id_, "SenderFault": True, "Code": fault.code, "Message": fault.message}
            )
    return {"Successful": done, "Failed": failed}


def _entries(given: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Return the entries of a batch; raise Fault unless there are 1 to 10 with distinct ids."""
    entries = given.get("Entries")
    if not isinstance(entries, list) or not entries:
        raise Fault("EmptyBatchRequest", "There should be at least one entry in the request.")
    if len(entries) > MAX_ENTRIES:
        raise Fault("TooManyEntriesInBatchRequest", f"At most {MAX_ENTRIES} entries are allowed.")
    if not all(isinstance(entry, dict) for entry in entries):
        raise Fault("SerializationException", "Unexpected type of an entry.")
    if len({entry.get("Id") for entry in entries}) != len(entries):
        raise Fault("BatchEntryIdsNotDistinct", "Two entries have the same id.")
    return iter(entries)
