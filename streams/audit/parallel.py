"""Reads a history in several processes, each with a part of the subjects.

That is possible because in the journal a subject's history needs no other subject's.
"""

import multiprocessing
import zlib
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import NamedTuple, TypeVar

Result = TypeVar("Result")


class Share(NamedTuple):
    """The subjects of one of several processes.

    Each process reads the same number of partitions. The remainder is read by all; each subject in it belongs to one.
    Example: 4 partitions, 3 processes. Each process reads one of 0 to 2, and all read 3.
    """

    number: int
    of: int

    def partitions(self, count: int) -> list[int]:
        """The partitions that the process reads, of `count`."""
        return [number for number in range(count) if self._is_shared(number, count) or number % self.of == self.number]

    def has(self, key: bytes, partition: int, count: int) -> bool:
        """Whether a subject in one of these partitions is in this share."""
        return not self._is_shared(partition, count) or zlib.crc32(key) % self.of == self.number

    def _is_shared(self, partition: int, count: int) -> bool:
        """Whether all processes read the partition; a hash of the subject then says whose the subject is."""
        return partition >= count - count % self.of


WHOLE = Share(0, 1)


class PartFailed(RuntimeError):
    """One of the processes could not do its part; the message says why."""


def in_parts(jobs: int, work: Callable[[Share], Result]) -> list[Result]:
    """What `work` gives for each part. Each part has its own process; one job runs in this one. Raises PartFailed."""
    if jobs == 1:
        return [work(WHOLE)]
    context = multiprocessing.get_context("fork")  # the children have what this process has read so far
    running = []
    for number in range(jobs):
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(work, Share(number, jobs), theirs))
        process.start()
        theirs.close()
        running.append((process, mine))
    results: list[Result] = []
    failed = ""
    for process, pipe in running:
        try:
            done, result = pipe.recv()
        except EOFError:
            done, result = False, "it ended without an answer; is there enough memory?"
        process.join()
        if done:
            results.append(result)
        else:
            failed = failed or str(result)
    if failed:
        raise PartFailed(f"A part of the work could not be done: {failed}")
    return results


def _work(work: Callable[[Share], Result], part: Share, answer: Connection) -> None:
    try:
        answer.send((True, work(part)))
    except Exception as error:  # noqa: BLE001 - the parent says it
        answer.send((False, f"{type(error).__name__}: {error}"))
    answer.close()
