//go:build deps

// Package deps keeps modules in go.mod until the engines that use them are
// here.
package deps

import (
	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/sqlc-dev/marino/parser"
	_ "github.com/sqlc-dev/oliphant"
)
