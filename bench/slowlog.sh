#!/usr/bin/env bash
# How fast a slow log of MariaDB is read, beside pt-query-digest.
set -euo pipefail
go run ./bench/slowlog -megabytes "${MEGABYTES:-200}" -rounds "${ROUNDS:-3}"
