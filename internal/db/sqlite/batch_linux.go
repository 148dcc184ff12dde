//go:build cgo

package sqlite

/*
#include <stdint.h>
#include <string.h>

// As in lab_counters.go, weak references find the driver's library. What is
// declared here is of sqlite.org/c3ref.
#define WEAK __attribute__((weak))
extern int sqlite3_step(void*) WEAK;
extern int sqlite3_bind_int64(void*, int, long long) WEAK;
extern void *sqlite3_column_value(void*, int) WEAK;
extern int sqlite3_value_type(void*) WEAK;
extern long long sqlite3_value_int64(void*) WEAK;
extern double sqlite3_value_double(void*) WEAK;
extern const void *sqlite3_value_text(void*) WEAK;
extern const void *sqlite3_value_blob(void*) WEAK;
extern int sqlite3_value_bytes(void*) WEAK;
extern void *sqlite3_db_handle(void*) WEAK;
extern int sqlite3_extended_errcode(void*) WEAK;
extern const char *sqlite3_errmsg(void*) WEAK;

enum { INTEGER = 1, FLOAT = 2, TEXT = 3, BLOB = 4, ROW = 100, DONE = 101 };

typedef struct {
	int64_t n;
	uint32_t size, kind;
} cell;

typedef struct {
	int columns, rows, most; // of each text
	int count, used;         // answers: rows, bytes of texts
} batch;

static int batch_possible(void) { return sqlite3_step && sqlite3_extended_errcode; }

static const char *batch_error(uintptr_t stmt) { return sqlite3_errmsg(sqlite3_db_handle((void*)stmt)); }

static int batch_bind(uintptr_t stmt, int n, int64_t v) { return sqlite3_bind_int64((void*)stmt, n, v); }

// batch_text takes over a text; one equal to that of the row before is not
// kept twice.
static void batch_text(batch *b, char *texts, const void *p, int size, cell *c, const cell *before) {
	size = size > b->most ? b->most : size;
	c->size = size;
	if (before && (before->kind == TEXT || before->kind == BLOB) && before->size == c->size && memcmp(texts + before->n, p, size) == 0) {
		c->n = before->n;
		return;
	}
	if (size) memcpy(texts + b->used, p, size);
	c->n = b->used;
	b->used += size;
}

// batch_cell takes over a value. Nobody else uses the connection meanwhile, so
// that the value itself may be asked, and each column is looked up once.
static void batch_cell(batch *b, void *value, char *texts, cell *c, const cell *before) {
	const void *p;
	c->kind = sqlite3_value_type(value);
	switch (c->kind) {
	case INTEGER:
		c->n = sqlite3_value_int64(value);
		break;
	case FLOAT: {
		double d = sqlite3_value_double(value);
		memcpy(&c->n, &d, sizeof d);
		break;
	}
	case TEXT:
		p = sqlite3_value_text(value);
		batch_text(b, texts, p, p ? sqlite3_value_bytes(value) : 0, c, before);
		break;
	case BLOB:
		p = sqlite3_value_blob(value);
		batch_text(b, texts, p, p ? sqlite3_value_bytes(value) : 0, c, before);
		break;
	}
}

// batch_read steps until the cells are full or the texts' room is; it answers
// ROW, DONE or an extended error code.
static int batch_read(uintptr_t handle, batch *b, cell *cells, char *texts, int room) {
	void *stmt = (void*)handle;
	for (b->count = b->used = 0; b->count < b->rows && b->used <= room; b->count++) {
		int rc = sqlite3_step(stmt);
		if (rc == DONE) return rc;
		if (rc != ROW) return sqlite3_extended_errcode(sqlite3_db_handle(stmt));
		for (int i = 0; i < b->columns; i++, cells++)
			batch_cell(b, sqlite3_column_value(stmt, i), texts, cells, b->count ? cells - b->columns : 0);
	}
	return ROW;
}
*/
import "C"

import (
	"context"
	"reflect"
	"runtime"
	"unsafe"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// fill reads rows of a statement by the batch, and calls visit with each.
func (c *conn) fill(ctx context.Context, b *batch, sql string, args []int64, visit func(*batch) error) error {
	if C.batch_possible() == 0 {
		return c.fillByRow(ctx, b, sql, args, visit)
	}
	prepared, err := c.c.Prepare(sql)
	if err != nil {
		return err
	}
	defer prepared.Close()
	st := prepared.(*sqlite3.SQLiteStmt)
	defer runtime.KeepAlive(st)
	handle := C.uintptr_t(reflect.ValueOf(st).Elem().FieldByName("s").Pointer())
	if err := bind(handle, args); err != nil {
		return err
	}
	return b.each(ctx, handle, visit)
}

func bind(handle C.uintptr_t, args []int64) error {
	for i, v := range args {
		if rc := C.batch_bind(handle, C.int(i+1), C.int64_t(v)); rc != 0 {
			return errorOf(handle, rc)
		}
	}
	return nil
}

// each fills b until there are no more rows, and calls visit in between.
func (b *batch) each(ctx context.Context, handle C.uintptr_t, visit func(*batch) error) (err error) {
	for more := true; more; {
		if err = ctx.Err(); err != nil {
			return err
		}
		if more, err = b.take(handle); err != nil {
			return err
		}
		if b.rows == 0 {
			continue
		}
		if err = visit(b); err != nil {
			return err
		}
	}
	return nil
}

// take fills b; false says that there are no more rows.
func (b *batch) take(handle C.uintptr_t) (bool, error) {
	how := C.batch{columns: C.int(b.columns), rows: batchRows, most: cellText}
	rc := C.batch_read(handle, &how, (*C.cell)(unsafe.Pointer(&b.cells[0])), (*C.char)(unsafe.Pointer(&b.room[0])), batchText)
	if rc != C.ROW && rc != C.DONE {
		return false, errorOf(handle, rc)
	}
	b.rows, b.texts = int(how.count), string(b.room[:how.used])
	return rc == C.ROW, nil
}

// A stepError is the driver's error with SQLite's own words.
type stepError struct {
	code sqlite3.Error
	text string
}

func (e stepError) Error() string { return e.text }
func (e stepError) Unwrap() error { return e.code }

// errorOf is what went wrong last with a statement: an extended result code.
func errorOf(handle C.uintptr_t, rc C.int) error {
	return stepError{
		code: sqlite3.Error{Code: sqlite3.ErrNo(rc & 0xff), ExtendedCode: sqlite3.ErrNoExtended(rc)},
		text: C.GoString(C.batch_error(handle)),
	}
}
