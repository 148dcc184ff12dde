#!/usr/bin/env bash
# How fast a request table is read, beside sqlx and the sqlite3 shell.
set -euo pipefail
go run ./bench/requestlog -rows "${ROWS:-5000000}" -rounds "${ROUNDS:-5}"
