//go:build cgo && !linux

package sqlite

import (
	sqlite3 "github.com/mattn/go-sqlite3"

	"mltop/internal/db"
)

// workOf counts nothing where weak references to the library are not known
// to work; times alone decide there.
func workOf(*sqlite3.SQLiteStmt) *db.Work { return nil }
