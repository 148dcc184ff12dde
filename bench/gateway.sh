#!/usr/bin/env bash
# What the gateway costs beside HAProxy, nginx and Caddy in front of the same
# nginx, and a hit of its cache beside Varnish. Who is not here is named, with
# its package, and the others are compared.
set -euo pipefail
make -s build
# HAProxy, nginx and Varnish lie in a folder that not everybody has on PATH.
PATH=$PATH:/usr/sbin:/usr/local/sbin go run ./bench/gateway -mltop bin/mltop -rounds "${ROUNDS:-5}" -seconds "${SECONDS_EACH:-5}" "$@"
