#!/usr/bin/env bash
# What a load test costs beside wrk, how late its requests leave, whether it
# counts a stall as the closed form has it, and what memory it takes.
set -euo pipefail
make -s build
go run ./bench/load -mltop bin/mltop -rounds "${ROUNDS:-5}" -seconds "${SECONDS_EACH:-5}" -memory "${MEMORY:-10m}"
