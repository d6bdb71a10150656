#!/bin/sh
# Makes what the compose file needs and nobody else may have: passwords, certificates, and .env with the board's name.
# Usage: sh prepare.sh NAME [FOLDER]   NAME is the board's name for browsers, like touchline.example.org.
# What is there already stays as it is. Needs openssl. Run as root, so that each file belongs to whom it is for.
set -eu
name=${1:?say the name of the board for browsers: sh prepare.sh touchline.example.org}
folder=${2:-$(dirname "$0")}
umask 077
mkdir -p "$folder/secrets"
cd "$folder"
[ -e .env ] || printf 'TOUCHLINE_SERVER_NAME=%s\n' "$name" > .env
cd secrets

password() { # file
    [ -e "$1" ] || openssl rand -hex 32 > "$1"
}
certificate() { # file, names
    [ -e "$1.crt" ] && return
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$2" > "$1.extensions"
    openssl req -newkey rsa:3072 -noenc -keyout "$1.key" -out "$1.request" -subj "/CN=$1" 2> /dev/null
    openssl x509 -req -in "$1.request" -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 -sha256 \
        -extfile "$1.extensions" -out "$1.crt" 2> /dev/null
    rm "$1.request" "$1.extensions"
}

[ -e ca.pem ] || openssl req -x509 -newkey rsa:3072 -noenc -keyout ca.key -out ca.pem -days 3650 -sha256 \
    -subj "/CN=Touchline's own certificates" -addext keyUsage=critical,keyCertSign,cRLSign 2> /dev/null
certificate kafka "DNS:kafka,DNS:localhost,IP:127.0.0.1"
certificate postgres "DNS:postgres,DNS:localhost,IP:127.0.0.1"
# Put the certificate that your browsers trust in place of this one: proxy.crt with its chain, and proxy.key.
certificate proxy "DNS:$name,DNS:localhost,IP:127.0.0.1"
[ -e kafka.pem ] || cat kafka.key kafka.crt > kafka.pem

for account in admin operator processor board checker; do
    password "kafka-$account"
done
# Kafka's own tool reads its arguments from this file, so that no password is on a command line.
[ -e kafka-accounts ] || for account in admin operator processor board checker; do
    printf -- '--add-scram\nSCRAM-SHA-512=[name=%s,password=%s]\n' "$account" "$(cat "kafka-$account")"
done > kafka-accounts
password database
password grafana
[ -e postgres-password ] || cp database postgres-password

chmod 444 ca.pem
# The users inside of the containers.
if [ "$(id -u)" = 0 ]; then
    chown 10001 kafka-admin kafka-operator kafka-processor kafka-board kafka-checker database
    chown 1000 kafka.pem kafka-accounts
    chown 999 postgres.crt postgres.key postgres-password
    chown 101 proxy.crt proxy.key
    chown 472 grafana
else
    echo "Run as root next time, or give each file to the user of its container: nothing else may read it." >&2
fi
echo "Secrets and certificates are in $(pwd)."
