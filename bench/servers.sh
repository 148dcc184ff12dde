#!/usr/bin/env bash
# What watching a server costs, beside pg_activity and innotop, and what the
# server loses: about ten minutes for each.
set -euo pipefail
make -s build
for engine in postgres mariadb; do
	go run ./bench/servers -mltop bin/mltop -engine "$engine" -rounds "${ROUNDS:-3}" -pairs "${PAIRS:-20}"
done
