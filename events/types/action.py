"""What people do about alerts."""

from events.types.fields import Data, Text, TextOrEmpty, Until, Uuid


class AlertAcknowledged(Data):
    """Somebody has seen an alert."""

    alert: Uuid
    by: Text


class AlertSnoozed(Data):
    """An alert is put aside for a while."""

    alert: Uuid
    by: Text
    until: Until


class AlertAssigned(Data):
    """An alert is given to somebody."""

    alert: Uuid
    by: Text
    to: TextOrEmpty
