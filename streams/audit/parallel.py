"""Work on a history in several processes, each with a part of the subjects: a subject's history needs no other's."""

import multiprocessing
import zlib
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import NamedTuple, TypeVar

Result = TypeVar("Result")


class Part(NamedTuple):
    """One of several parts of all subjects: those of as many of the journal's partitions as the others have, and a share of the rest."""

    number: int
    of: int

    def partitions(self, count: int) -> list[int]:
        """The journal's partitions that it reads, of so many."""
        return [each for each in range(count) if self._is_shared(each, count) or each % self.of == self.number]

    def has(self, key: bytes, partition: int, count: int) -> bool:
        """Whether a subject of one of these partitions belongs to it."""
        return not self._is_shared(partition, count) or zlib.crc32(key) % self.of == self.number

    def _is_shared(self, partition: int, count: int) -> bool:
        """Whether it is one of those left over when each part has as many: they are shared out by a hash of the subject."""
        return partition >= count - count % self.of


WHOLE = Part(0, 1)


class PartFailed(RuntimeError):
    """One of the processes could not do its part; the message says why."""


def in_parts(jobs: int, work: Callable[[Part], Result]) -> list[Result]:
    """What `work` gives for each part, each in a process of its own; with one job in this one. Raises PartFailed."""
    if jobs == 1:
        return [work(WHOLE)]
    context = multiprocessing.get_context("fork")  # the children have what this process has read so far
    running = []
    for number in range(jobs):
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(work, Part(number, jobs), theirs))
        process.start()
        theirs.close()
        running.append((process, mine))
    found: list[Result] = []
    failed = ""
    for process, pipe in running:
        try:
            done, result = pipe.recv()
        except EOFError:
            done, result = False, "it ended without an answer; is there enough memory?"
        process.join()
        if done:
            found.append(result)
        else:
            failed = failed or str(result)
    if failed:
        raise PartFailed(f"A part of the work could not be done: {failed}")
    return found


def _work(work: Callable[[Part], Result], part: Part, answer: Connection) -> None:
    try:
        answer.send((True, work(part)))
    except Exception as error:  # noqa: BLE001 - told to the parent, which says it
        answer.send((False, f"{type(error).__name__}: {error}"))
    answer.close()
