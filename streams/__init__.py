"""What moves it: settings, telemetry, worker, board, audit, command line."""
