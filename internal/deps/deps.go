//go:build deps

// Package deps keeps a prescribed module in go.mod until the engine that uses
// it is here.
package deps

import (
	_ "github.com/go-sql-driver/mysql"
	_ "github.com/sqlc-dev/marino/parser"
)
