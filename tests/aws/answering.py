"""A server of this machine that answers as a service of AWS would, by what a test says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

Answer = Callable[[str, dict[str, list[str]]], tuple[int, dict[str, str], str]]
"""From a path and the fields of a form to a status, headers and a body."""


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Serve until the block ends, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, headers, text = answer(self.path, parse_qs(body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST  # noqa: N815  # the names are the standard library's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing of each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refusing(code: str) -> Answer:
    """Refuse whatever is asked of a service that speaks JSON. Source: botocore's rest-json."""

    def answer(_path: str, _form: dict[str, list[str]]) -> tuple[int, dict[str, str], str]:
        headers = {"x-amzn-ErrorType": code, "Content-Type": "application/json"}
        return 403, headers, '{"message": "no"}'

    return answer


def simulating(decide: Callable[[str], tuple[str, str]]) -> Answer:
    """Answer SimulatePrincipalPolicy: for each action a decision, and a context that it lacks.

    Source: IAM API reference, SimulatePrincipalPolicy.
    """

    def answer(_path: str, form: dict[str, list[str]]) -> tuple[int, dict[str, str], str]:
        actions = [value[0] for name, value in form.items() if name.startswith("ActionNames.")]
        resources = [value[0] for name, value in form.items() if name.startswith("ResourceArns.")]
        assert form["Action"] == ["SimulatePrincipalPolicy"]
        assert resources, "nothing is simulated without a resource"
        return 200, {"Content-Type": "text/xml"}, _simulated(actions, resources, decide)

    return answer


def _simulated(
    actions: list[str], resources: list[str], decide: Callable[[str], tuple[str, str]]
) -> str:
    results = ""
    for action in actions:
        decision, lacks = decide(action)
        missing = f"<member>{lacks}</member>" if lacks else ""
        results += "".join(
            f"<member><EvalActionName>{action}</EvalActionName>"
            f"<EvalResourceName>{resource}</EvalResourceName>"
            f"<EvalDecision>{decision}</EvalDecision>"
            f"<MissingContextValues>{missing}</MissingContextValues></member>"
            for resource in resources
        )
    return (
        '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
        "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
        f"<EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
        "</SimulatePrincipalPolicyResponse>"
    )
