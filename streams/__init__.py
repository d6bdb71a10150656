"""What moves it: the command line, intake, Kafka, the processor, the read model, the board and the audit."""
