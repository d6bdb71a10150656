"""Each part listens at an address of its own: pages, the board's metrics, the processor's metrics."""

from collections.abc import Callable

from tests.service import Service, free_port, wait_for


def test_each_address_is_set_by_itself(make_service: Callable[..., Service]) -> None:
    """What is asked elsewhere finds nothing; where machines read the board they see metrics and health alone."""
    service = make_service()
    pages, worker, metrics = service.settings.board_port, service.settings.worker_port, free_port()
    service.worker(TOUCHLINE_WORKER_HOST="127.0.0.3")
    service.board(TOUCHLINE_METRICS_HOST="127.0.0.2", TOUCHLINE_METRICS_PORT=str(metrics))
    wait_for("the processor is ready", lambda: service.get(worker, "/readyz", "127.0.0.3")[0] == 200, 120)
    assert "touchline_lag_records" in service.get(worker, "/metrics", "127.0.0.3")[1]
    assert service.get(worker, "/metrics")[0] == 0, "nothing listens there"
    assert "touchline_alerts_open" in service.get(metrics, "/metrics", "127.0.0.2")[1]
    assert [service.get(metrics, path, "127.0.0.2")[0] for path in ("/healthz", "/readyz")] == [200, 200]
    for page in ("/", "/service", "/static/app.css", "/signin"):
        assert service.get(metrics, page, "127.0.0.2")[0] == 404, page
    assert service.get(metrics, "/metrics")[0] == 0, "nothing listens there"
    assert service.get(pages, "/", "127.0.0.2")[0] == 0, "pages stay where they are"
    assert service.get(pages, "/")[0] == 200
    assert service.get(pages, "/metrics")[0] == 200, "on this machine they are read there too"


def test_an_address_that_is_not_this_machines_is_refused(make_service: Callable[..., Service]) -> None:
    """Before anything starts, with what to do."""
    done = make_service().run("worker", TOUCHLINE_WORKER_HOST="192.0.2.1")
    assert (done.returncode, done.stderr) == (
        3,
        "touchline: 192.0.2.1 is no address of this machine. Listen at one that is, or at 0.0.0.0.\n",
    )
