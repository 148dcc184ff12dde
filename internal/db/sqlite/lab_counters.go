//go:build cgo && linux

package sqlite

/*
#include <stdint.h>

// The driver brings SQLite but no counters of a statement. The library is in
// the same program: a weak reference finds it, and is null where the program
// was linked to something else.
extern int sqlite3_stmt_status(void*, int, int) __attribute__((weak));

static int lab_has_status(void) { return sqlite3_stmt_status != 0; }

static int lab_status(uintptr_t stmt, int op) {
	return sqlite3_stmt_status((void*)stmt, op, 0);
}
*/
import "C"

import (
	"reflect"

	sqlite3 "github.com/mattn/go-sqlite3"

	"mltop/internal/db"
)

// Counters of sqlite3_stmt_status (sqlite.org/c3ref/c_stmtstatus_counter.html).
const (
	statusFullscanStep = 1
	statusSort         = 2
	statusAutoIndex    = 3
	statusVMStep       = 4
)

// workOf reads what the runs of a statement did since it was prepared; nil
// where that is not counted.
func workOf(st *sqlite3.SQLiteStmt) *db.Work {
	field := reflect.ValueOf(st).Elem().FieldByName("s")
	if C.lab_has_status() == 0 || field.Kind() != reflect.Pointer || field.IsNil() {
		return nil
	}
	p := C.uintptr_t(field.Pointer())
	count := func(op C.int) int64 { return int64(uint32(C.lab_status(p, op))) }
	return &db.Work{
		Steps:         count(statusVMStep),
		FullscanSteps: count(statusFullscanStep),
		Sorts:         count(statusSort),
		AutoIndexRows: count(statusAutoIndex),
	}
}
