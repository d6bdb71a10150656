"""The processor's own entry point: Faust's command line would open its own pages and redirect the logs."""

import gc

import faust
from prometheus_client import CollectorRegistry

from streams.kafka.diagnosis import require_usable
from streams.kafka.rights import PROCESSOR, require_rights
from streams.kafka.topic_settings import require_topics
from streams.listen_address import require_free
from streams.logs import setup_logging
from streams.policy.policy_topic import take_up
from streams.processor.app import Processor
from streams.processor.faust_guards import StallWatchdog
from streams.processor.health import Health
from streams.settings import Settings
from streams.telemetry import ProcessorMetrics

COLLECT_AFTER = (50_000, 50, 1_000)
"""How many objects are made before the collector looks at each generation, youngest first.

A look at all subjects at hand takes seconds, and subjects make no cycles.
"""


def run(settings: Settings) -> None:
    """Runs a processor until it is told to stop.

    Raises KafkaUnreachable, FileUnusable, TopicsDiffer, PortInUse, PolicyDiffers or PolicyError before it starts.
    """
    require_free(settings.worker_host, settings.worker_port, "TOUCHLINE_WORKER_PORT")
    require_usable(settings.kafka)
    require_rights(settings.kafka, PROCESSOR, settings.topics)
    require_topics(settings.kafka, settings.topics)
    policies = take_up(settings)
    setup_logging(settings.log_level, settings.levels)
    processor = Processor(settings, policies, ProcessorMetrics(CollectorRegistry()))
    process = faust.Worker(
        processor.app,
        Health(processor),
        StallWatchdog(processor.app, lambda: processor.rebuilding),
        override_logging=False,
        redirect_stdouts=False,
        quiet=True,
        loglevel=settings.log_level,
    )
    process.spinner = None  # it would write to a terminal that is not there
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    process.execute_from_commandline()
