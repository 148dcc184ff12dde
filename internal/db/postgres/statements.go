package postgres

import (
	"strings"
)

const (
	whyNoStatements = "pg_stat_statements is not there: add it to shared_preload_libraries, restart, and CREATE EXTENSION pg_stat_statements"
)

func splitComma(s string) []string { return strings.Split(s, ",") }

type sampler struct{}
