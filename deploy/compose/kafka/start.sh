#!/bin/sh
# Formats Kafka's folder once, with the accounts of the secret, and starts the broker.
set -eu
properties=/etc/touchline/server.properties
/opt/kafka/bin/kafka-storage.sh format --ignore-formatted --cluster-id dG91Y2hsaW5lLWNvbXBvcw \
    --config "$properties" @/run/secrets/kafka-accounts
exec /opt/kafka/bin/kafka-server-start.sh "$properties"
