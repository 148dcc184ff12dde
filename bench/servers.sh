#!/usr/bin/env bash
# What watching a server costs, beside pg_activity and innotop, and what the
# server loses. With ROUNDS=0 the loss alone: half an hour for both
# servers, in runs of ten seconds. It means something on a calm machine only:
# how wide its interval is stands beside it.
set -euo pipefail
make -s build
for engine in postgres mariadb; do
	go run ./bench/servers -mltop bin/mltop -engine "$engine" -rounds "${ROUNDS:-3}" -pairs "${PAIRS:-30}"
done
