package sqlite

import (
	"database/sql/driver"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestPointsInTimeAsApplicationsStoreThem(t *testing.T) {
	at := time.Date(2026, 11, 22, 6, 8, 41, 0, time.UTC)
	half := at.Add(500 * time.Millisecond)
	for _, c := range []struct {
		name string
		in   driver.Value
		want time.Time
	}{
		{"a T between", "2026-11-22T06:08:41", at},
		{"a space between", "2026-11-22 06:08:41", at},
		{"a fraction", "2026-11-22T06:08:41.500", half},
		{"microseconds and Z", "2026-11-22T06:08:41.500000Z", half},
		{"a comma, as Python's logging writes", "2026-11-22 06:08:41,500", half},
		{"a zone with a colon", "2026-11-22T07:08:41+01:00", at},
		{"a zone without", "2026-11-22T07:08:41+0100", at},
		{"a zone of hours", "2026-11-22 04:08:41-02", at},
		{"a half-hour zone", "2026-11-22T11:38:41+05:30", at},
		{"UTC in words", "2026-11-22 06:08:41 UTC", at},
		{"as Go prints it", "2026-11-22 06:08:41.5 +0000 UTC", half},
		{"as a web server logs it", "22/Nov/2026:06:08:41 +0000", at},
		{"a minute", "2026-11-22 06:08", at.Truncate(time.Minute)},
		{"a day", "2026-11-22", time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)},
		{"seconds", at.Unix(), at},
		{"seconds with a fraction", float64(at.Unix()) + 0.5, half},
		{"milliseconds", half.UnixMilli(), half},
		{"microseconds", half.UnixMicro(), half},
		{"nanoseconds", half.UnixNano(), half},
		{"seconds as text", fmt.Sprint(at.Unix()), at},
		{"a blob of text", []byte("2026-11-22T06:08:41"), at},
		{"the future", "2999-01-01T00:00:00", time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"NULL", nil, time.Time{}},
		{"nothing", "", time.Time{}},
		{"words", "yesterday", time.Time{}},
		{"long words that are no time at all", "2026-11-22T06:08:41 and some", time.Time{}},
		{"a month too many", "2026-13-22T06:08:41", time.Time{}},
		{"a negative number", int64(-5), time.Time{}},
		{"a small number", int64(5), time.Time{}},
		{"a number beyond all", math.MaxFloat64, time.Time{}},
		{"not a number", math.NaN(), time.Time{}},
	} {
		var k clock
		if got := k.read(c.in); !got.Equal(c.want) {
			t.Errorf("%s: %v: got %v, want %v", c.name, c.in, got, c.want)
		}
	}
}

func TestAClockRemembersOnlyTheSecond(t *testing.T) {
	var k clock
	for _, s := range []string{"2026-11-22T06:08:41.1Z", "2026-11-22T06:08:41+02:00", "2026-11-22T06:08:41", "2026-11-22T06:08:42"} {
		var fresh clock
		if got, want := k.read(s), fresh.read(s); !got.Equal(want) {
			t.Errorf("%s: got %v, want %v", s, got, want)
		}
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	for _, c := range []struct {
		in     driver.Value
		status int
		took   time.Duration
		ok     bool
	}{
		{int64(200), 200, 200 * time.Millisecond, true},
		{"404", 404, 404 * time.Millisecond, true},
		{" 503 ", 503, 503 * time.Millisecond, true},
		{200.0, 200, 200 * time.Millisecond, true},
		{12.5, 0, 12500 * time.Microsecond, true},
		{int64(0), 0, 0, true},
		{int64(-1), 0, 0, false},
		{int64(math.MaxInt64), 0, 0, false},
		{math.Inf(1), 0, 0, false},
		{math.NaN(), 0, 0, false},
		{"OK", 0, 0, false},
		{"NaN", 0, 0, false},
		{"", 0, 0, false},
		{nil, 0, 0, false},
		{[]byte{0xff, 0}, 0, 0, false},
	} {
		if got := statusOf(c.in); got != c.status {
			t.Errorf("status %v: got %d, want %d", c.in, got, c.status)
		}
		if got, ok := durationOf(c.in, time.Millisecond); got != c.took || ok != c.ok {
			t.Errorf("duration %v: got %v %v, want %v %v", c.in, got, ok, c.took, c.ok)
		}
	}
}

func TestRowsOfNonsenseAreReadAndMarked(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 1)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, `INSERT INTO request_logs (timestamp, method, path, status_code, process_time_ms, created_at) VALUES
		(NULL, NULL, NULL, NULL, NULL, NULL), ('noon', x'00ff', 42, 'fine', -7, 'x'), ('2026-11-22 07:00:00', 'GET', ?, '200', '12.5', 0)`, strings.Repeat("/x", 1<<20))
	e := open(t, path)
	tables, err := e.RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	var rows []db.RequestRow
	err = e.ReadRequests(background(), tables[0], 1, 0, 10, false, func(r *db.RequestRow) error { rows = append(rows, *r); return nil })
	if err != nil || len(rows) != 3 {
		t.Fatalf("got %d rows, %v", len(rows), err)
	}
	for _, r := range rows[:2] {
		if !r.Time.IsZero() || r.Status != 0 || r.HasDuration {
			t.Errorf("got %+v", r)
		}
	}
	if r := rows[2]; r.Status != 200 || !r.HasDuration || r.Duration != 12500*time.Microsecond || r.Time.Hour() != 7 || len(r.Path) != cellText {
		t.Errorf("got status %d, %v, %v, a path of %d", r.Status, r.Duration, r.Time, len(r.Path))
	}
}

func TestWhichTablesLookLikeRequestLogs(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	for _, sql := range []string{
		dbtest.OrdersDDL,
		dbtest.Served.DDL("admin_logs"),
		dbtest.Served.DDL("request_logs"),
		"CREATE TABLE performance_metrics (id INTEGER PRIMARY KEY, request_id INTEGER, response_time_ms REAL, recorded_at TEXT)",
		"CREATE TABLE files (id INTEGER PRIMARY KEY, path TEXT, size INTEGER)",
		`CREATE TABLE "odd name" ("when" TEXT, verb TEXT, url TEXT, code INTEGER, latency REAL)`,
		"CREATE TABLE keyed (id TEXT PRIMARY KEY, path TEXT, status INTEGER, method TEXT) WITHOUT ROWID",
		"CREATE TABLE taken (rowid TEXT, method TEXT, path TEXT, status INTEGER, duration_us INTEGER)",
	} {
		dbtest.Exec(t, d, sql)
	}
	tables, err := open(t, path).RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range tables {
		got = append(got, fmt.Sprintf("%s(%s %s %s %v %v)", x.Name, x.ID, x.Status, x.Duration, x.DurationUnit, x.DurationReal))
	}
	want := "request_logs(id status_code process_time_ms 1ms false), odd name(rowid code latency 1s true), taken(_rowid_ status duration_us 1µs false), admin_logs(id status_code process_time_ms 1ms false)"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestAColumnThatVanishedIsAnErrorAndNoText(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 3)
	e := open(t, path)
	tables, err := e.RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, dbtest.Open(t, path), "ALTER TABLE request_logs DROP COLUMN path")
	err = e.ReadRequests(background(), tables[0], 0, 0, 10, false, func(r *db.RequestRow) error {
		t.Errorf("got a row with path %q", r.Path)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "no such column") {
		t.Errorf("got %v", err)
	}
}
