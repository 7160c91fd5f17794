"""The setting of traces, and what of OpenTelemetry's own variables is refused with it.

Source: OpenTelemetry specification, "OpenTelemetry Environment Variable Specification" and
"OpenTelemetry Protocol Exporter"; a timeout is in seconds here, as OpenTelemetry's Python has it.
"""

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pydantic import Field
from pydantic_settings import BaseSettings

from app.web_addresses import is_web_address

_RATIOS: Final = frozenset({"traceidratio", "parentbased_traceidratio"})
_SAMPLERS: Final = _RATIOS | {
    *("always_on", "always_off", "parentbased_always_on", "parentbased_always_off"),
}
_SAMPLER: Final = "OTEL_TRACES_SAMPLER"
_AT_ONCE: Final = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
_WAITING: Final = "OTEL_BSP_MAX_QUEUE_SIZE"
_UNLESS_SET: Final = {_AT_ONCE: 512, _WAITING: 2048}


class TraceSettings(BaseSettings):
    """That of `Settings` that has requests and jobs traced; where to says OpenTelemetry's own."""

    traces: bool = Field(
        default=False,
        description="Whether requests and jobs are traced, told to the collector that OTEL_* name",
    )


def _one_of(*words: str) -> tuple[Callable[[str], bool], str]:
    """Return what tells whether a value is one of these words, and how to say it."""
    return lambda value: value.lower() in words, f"must be {' or '.join(words)}"


def _is_share(value: str) -> bool:
    try:
        return 0 <= float(value) <= 1
    except ValueError:
        return False


def _is_positive(value: str) -> bool:
    try:
        return 0 < float(value) < float("inf")
    except ValueError:
        return False


def _is_number_above_0(value: str) -> bool:
    return value.isascii() and value.isdigit() and int(value) > 0


_ADDRESS: Final = (is_web_address, "must be an address that begins with https:// or http://")
_PROTOCOL: Final = _one_of("http/protobuf")
_COMPRESSION: Final = _one_of("none", "gzip", "deflate")
_SECONDS: Final = (_is_positive, "must be a number of seconds")
_NUMBER: Final = (_is_number_above_0, "must be a whole number above 0")
_LIMIT: Final = (lambda value: value.isascii() and value.isdigit(), "must be a whole number")
_FILE: Final = (lambda value: Path(value).is_file(), "there is no file at this path")

_OF_OTLP: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "ENDPOINT": _ADDRESS,
    "PROTOCOL": _PROTOCOL,
    "COMPRESSION": _COMPRESSION,
    "TIMEOUT": _SECONDS,
    "CERTIFICATE": _FILE,
    "CLIENT_CERTIFICATE": _FILE,
    "CLIENT_KEY": _FILE,
}
_COUNTED: Final = (
    *("ATTRIBUTE", "SPAN_ATTRIBUTE", "SPAN_EVENT", "SPAN_LINK"),
    *("EVENT_ATTRIBUTE", "LINK_ATTRIBUTE"),
)
"""Of what OpenTelemetry limits how much a span holds."""

_RULES: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    **{f"OTEL_EXPORTER_OTLP_{name}": rule for name, rule in _OF_OTLP.items()},
    **{f"OTEL_EXPORTER_OTLP_TRACES_{name}": rule for name, rule in _OF_OTLP.items()},
    "OTEL_TRACES_EXPORTER": _one_of("otlp"),
    "OTEL_SDK_DISABLED": _one_of("false"),
    _SAMPLER: _one_of(*sorted(_SAMPLERS)),
    "OTEL_BSP_SCHEDULE_DELAY": _NUMBER,
    _WAITING: _NUMBER,
    _AT_ONCE: _NUMBER,
    **{f"OTEL_{of}_COUNT_LIMIT": _LIMIT for of in _COUNTED},
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": _LIMIT,
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": _LIMIT,
}


def trace_faults(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each thing that keeps traces from being told as it was said."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        return ["DEVOURED_TRACES: needs packages that are not here; install the extra tracing"]
    return otel_faults(environment)


def otel_faults(environment: Mapping[str, str]) -> list[str]:
    """Return a sentence for each of OpenTelemetry's variables that is wrong; none shows a value.

    Its library warns of most of them and goes on with something else, or fails at the first span.
    An empty one counts as not set, as its specification says.
    """
    given = {name: value.strip() for name, value in environment.items() if value.strip()}
    faults = [
        f"{name}: {said}"
        for name, (is_right, said) in _RULES.items()
        if name in given and not is_right(given[name])
    ]
    share = given.get(f"{_SAMPLER}_ARG", "1")
    if given.get(_SAMPLER, "").lower() in _RATIOS and not _is_share(share):
        faults.append(f"{_SAMPLER}_ARG: must be a number from 0 to 1")
    return faults + _queue_faults(given)


def _queue_faults(given: Mapping[str, str]) -> list[str]:
    """Return a sentence where more spans are to be told at once than may wait.

    Where one of the two is no number, that is said already.
    """
    numbers = {name: given.get(name, str(n)) for name, n in _UNLESS_SET.items()}
    if not all(_is_number_above_0(value) for value in numbers.values()):
        return []
    if int(numbers[_AT_ONCE]) <= int(numbers[_WAITING]):
        return []
    unless_set = " and ".join(str(n) for n in _UNLESS_SET.values())
    return [f"{_AT_ONCE}: must not be above {_WAITING}; unless they are set they are {unless_set}"]
