"""`devoured metrics`, and what `devoured serve` answers beside its port."""

from http.client import HTTPConnection

from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from app.cli.metrics import telling_metrics
from app.metrics.families import ALL
from app.metrics.requests import NAME, RequestTimes
from app.settings import Settings
from tests.cli.conftest import Devoured


def test_metrics_are_printed_as_prometheus_reads_them(cli: Devoured) -> None:
    ran = cli("metrics")

    assert ran.code == 0
    told = {one.name for one in text_string_to_metric_families(ran.out)}
    assert {"devoured_work_waiting", "devoured_account_paused", "devoured_collected"} - told == {
        "devoured_account_paused"
    }
    assert told <= {one.name for one in ALL}


def test_serve_tells_of_the_service_of_itself_and_of_its_requests(settings: Settings) -> None:
    registry = CollectorRegistry()
    RequestTimes(registry).note("public", 200, 0.01)
    opened = settings.model_copy(update={"metrics_listen": "127.0.0.1:0"})
    with telling_metrics(opened, registry) as port:
        assert port is not None
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()

    told = {one.name for one in text_string_to_metric_families(text)}
    assert {NAME, "devoured_collected", "process_resident_memory_bytes"} <= told
    assert "_created" not in text


def test_serve_opens_no_address_unless_one_is_set(settings: Settings) -> None:
    registry = CollectorRegistry()
    with telling_metrics(settings, registry) as port:
        assert port is None
    assert list(registry.collect()) == []
