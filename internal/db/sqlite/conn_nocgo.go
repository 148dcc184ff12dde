//go:build !cgo

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"mltop/internal/db"
)

// errNoCgo is what every connection answers in a build without a C compiler.
var errNoCgo = errors.New("this mltop was built without SQLite: install gcc and build again with CGO_ENABLED=1")

type conn struct {
	who    string
	writes bool
}

func openConn(string, func(db.Line)) (*conn, error)    { return nil, errNoCgo }
func (*conn) close() error                             { return nil }
func (*conn) autocommit() bool                         { return true }
func (*conn) authorize(func(int, string, string) bool) {}
func (*conn) exec(context.Context, string, ...driver.Value) error {
	return errNoCgo
}
func (*conn) readonly(string) (bool, error) { return false, errNoCgo }
func (*conn) each(context.Context, string, []driver.Value, func([]driver.Value) error) ([]string, error) {
	return nil, errNoCgo
}
func (*conn) batches(context.Context, *batch, string, []int64, func(*batch) error) error {
	return errNoCgo
}
func resultCode(error) int   { return 0 }
func libraryVersion() string { return "none" }
