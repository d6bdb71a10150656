"""The name of a subject: `family/F`, `worker/W` or `site/S`."""

import re
from typing import cast

from events import limits
from events.catalogue import Kind

_NAME = re.compile(limits.SUBJECT, re.ASCII)


class SubjectName(str):
    """A subject's kind and its own id, as one text. Written as it is in keys, in JSON and in addresses."""

    __slots__ = ()

    @classmethod
    def of(cls, kind: Kind, id_: str) -> "SubjectName":
        """The name of the subject of a kind with an id."""
        return cls(f"{kind}/{id_}")

    @property
    def kind(self) -> Kind:
        """What it is: `family` of `family/F`."""
        return cast("Kind", self.partition("/")[0])

    @property
    def id(self) -> str:
        """Its own id: `F` of `family/F`."""
        return self.partition("/")[2]


def is_subject(name: str) -> bool:
    """Whether a text names a subject, like family/F."""
    return _NAME.fullmatch(name) is not None
