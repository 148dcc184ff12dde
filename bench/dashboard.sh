#!/usr/bin/env bash
# What the dashboard costs beside btop and htop, on a small idle request log.
set -euo pipefail
make -s build
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go run ./bench/requestlog -make "$dir/request_logs.db" -rows 1000
go run ./bench/dashboard -mltop bin/mltop -rounds "${ROUNDS:-5}" -processes "${PROCESSES:-250}" "$dir/request_logs.db"
