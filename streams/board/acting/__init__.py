"""What people do about alerts: acknowledge, snooze, assign, take, undo. Source: CONTRACT, topic `action`."""
