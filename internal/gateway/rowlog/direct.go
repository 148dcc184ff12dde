//go:build cgo

package rowlog

/*
#include <stdint.h>
#include <stdio.h>
#include <string.h>

// Weak references find the driver's library. What is declared here is of
// sqlite.org/c3ref.
#define WEAK __attribute__((weak))
extern void *sqlite3_next_stmt(void*, void*) WEAK;
extern const char *sqlite3_sql(void*) WEAK;
extern int sqlite3_bind_text(void*, int, const char*, int, void*) WEAK;
extern int sqlite3_bind_int64(void*, int, long long) WEAK;
extern int sqlite3_bind_double(void*, int, double) WEAK;
extern int sqlite3_bind_null(void*, int) WEAK;
extern int sqlite3_clear_bindings(void*) WEAK;
extern int sqlite3_step(void*) WEAK;
extern int sqlite3_reset(void*) WEAK;
extern void *sqlite3_db_handle(void*) WEAK;
extern const char *sqlite3_errmsg(void*) WEAK;

enum { ERROR = 1, DONE = 101, NUMBERS = 3 };

static int log_possible(void) { return sqlite3_step && sqlite3_next_stmt; }

// log_find answers the statement that a connection keeps for a text; 0: none.
static uintptr_t log_find(uintptr_t db, const char *text, int size) {
	for (void *s = sqlite3_next_stmt((void*)db, 0); s; s = sqlite3_next_stmt((void*)db, s)) {
		const char *sql = sqlite3_sql(s);
		if (sql && strncmp(sql, text, size) == 0 && !sql[size]) return (uintptr_t)s;
	}
	return 0;
}

// BIND stops at the first value that is refused: it would be NULL in the row,
// and the next call would take the reason away.
#define BIND(call) do { if (!bad) bad = (call); } while (0)

// log_insert binds the rows to the insert of so many, and runs it. A size
// below zero is NULL. Texts need not outlive the call: they are no longer bound
// behind it.
static int log_insert(uintptr_t handle, int rows, int texts, const char *text, const int32_t *sizes,
		const int64_t *numbers, const double *took, char *why, int room) {
	void *stmt = (void*)handle;
	int bad = 0;
	for (int at = 1; rows > 0; rows--) {
		BIND(sqlite3_bind_text(stmt, at++, text, *sizes, 0));
		text += *sizes++;
		BIND(sqlite3_bind_double(stmt, at++, *took++));
		for (int i = 0; i < NUMBERS; i++) BIND(sqlite3_bind_int64(stmt, at++, *numbers++));
		for (int i = 0; i < texts; i++, at++, sizes++) {
			if (*sizes < 0) {
				BIND(sqlite3_bind_null(stmt, at));
				continue;
			}
			BIND(sqlite3_bind_text(stmt, at, text, *sizes, 0));
			text += *sizes;
		}
	}
	int rc = bad ? ERROR : sqlite3_step(stmt);
	if (rc != DONE) snprintf(why, room, "%s", sqlite3_errmsg(sqlite3_db_handle(stmt)));
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return rc;
}
*/
import "C"

import (
	"errors"
	"reflect"
	"runtime"
	"unsafe"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// canInsertDirectly: SQLite is in the program, and not in a library beside it
// that has no such names.
func canInsertDirectly() bool { return C.log_possible() != 0 }

// insert runs the insert of the rows, in one call of C. The statement is one
// that the driver keeps; false: it keeps none yet.
func (c *cells) insert(conn any, statement string) (kept bool, err error) {
	s, ok := conn.(*sqlite3.SQLiteConn)
	if !ok {
		return false, nil // it is SQLite's: never reached
	}
	defer runtime.KeepAlive(s)
	db := C.uintptr_t(reflect.ValueOf(s).Elem().FieldByName("db").Pointer())
	stmt := C.log_find(db, (*C.char)(unsafe.Pointer(unsafe.StringData(statement))), C.int(len(statement)))
	if stmt == 0 {
		return false, nil
	}
	var why [256]C.char
	rows := len(c.took)
	rc := C.log_insert(stmt, C.int(rows), C.int(len(c.sizes)/rows-1), (*C.char)(unsafe.Pointer(unsafe.SliceData(c.texts))),
		(*C.int32_t)(unsafe.SliceData(c.sizes)), (*C.int64_t)(unsafe.SliceData(c.numbers)), (*C.double)(unsafe.SliceData(c.took)), &why[0], C.int(len(why)))
	if rc != C.DONE {
		return true, errors.New(C.GoString(&why[0]))
	}
	return true, nil
}
