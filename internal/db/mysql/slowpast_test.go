package mysql

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// longLog writes a log of 40 MB, an entry a second, whose statements are
// seldom short; each names the hour of its entry. It ends at end.
func longLog(t *testing.T, end time.Time) (path string, hours int) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "slow.log")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const n = 4 * 3600
	long := strings.Repeat("x", 2700)
	for i := range n {
		at := end.Add(time.Duration(i-n+1) * time.Second)
		if i == n/2 { // it was begun two hours before it was written down
			at = at.Add(-2 * time.Hour)
		}
		fmt.Fprintf(f, "# User@Host: a[a] @ b []\n# Query_time: 2  Lock_time: 0  Rows_sent: 1  Rows_examined: 9\nSET timestamp=%d;\nSELECT total FROM hour%d WHERE id = '%s';\n", at.Unix(), i/3600, long)
	}
	return path, n / 3600
}

// A log of any length is read whole, or from the hour that was asked for, and
// goes on being read where it ended.
func TestTheWholeSlowLogThatWasGivenIsRead(t *testing.T) {
	end := time.Now().Add(-time.Minute).Truncate(time.Second)
	path, hours := longLog(t, end)
	for _, c := range []struct {
		name  string
		from  time.Time
		calls map[int]float64 // by hour
	}{
		{"all of it", time.Time{}, map[int]float64{0: 3600, 1: 3600, 2: 3600, 3: 3600}},
		{"the last hour", end.Add(-time.Hour + time.Second), map[int]float64{3: 3600}},
		{"the last hour and a half", end.Add(-90*time.Minute + time.Second), map[int]float64{2: 1800, 3: 3600}},
	} {
		e, _ := orders(t, dbtest.MariaDB(t), 5, Options{SlowLog: path, SlowLogFrom: c.from})
		told := int64(0)
		p, err := e.ReadSlowLog(t.Context(), func(at, all int64) { told = max(told, at*100/all) })
		if err != nil || told != 100 {
			t.Fatalf("%s: %v, told of %d %%", c.name, err, told)
		}
		st, err := e.StatementTotals(t.Context())
		sum := 0
		for hour := range hours {
			if got := callsOf(st, fmt.Sprintf("hour%d", hour)); got != c.calls[hour] || err != nil {
				t.Errorf("%s: got %v calls in hour %d, %v; want %v", c.name, got, hour, err, c.calls[hour])
			}
			sum += int(c.calls[hour])
		}
		if p.Entries != sum || !p.Last.Equal(end) || p.From > 0 == c.from.IsZero() {
			t.Errorf("%s: said to be read: %+v, want %d entries until %v", c.name, p, sum, end)
		}
		if !c.from.IsZero() && p.Bytes-p.From > int64(float64(p.Bytes)*(float64(sum)/(4*3600)))+2<<20 {
			t.Errorf("%s: %d bytes of %d are read for %d entries", c.name, p.Bytes-p.From, p.Bytes, sum)
		}
	}
}

func TestReadingALongSlowLogEndsWithItsContext(t *testing.T) {
	path, _ := longLog(t, time.Now())
	e, _ := orders(t, dbtest.MariaDB(t), 5, Options{SlowLog: path})
	ctx, stop := context.WithCancel(t.Context())
	if p, err := e.ReadSlowLog(ctx, func(int64, int64) { stop() }); !errors.Is(err, context.Canceled) || p.Entries > 4000 {
		t.Errorf("got %d entries and %v, want that it ends", p.Entries, err)
	}
	if _, err := e.StatementTotals(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
