package rowlog

import (
	"testing"
	"time"
)

func TestTimesOfSQLiteAreWrittenToTheMicrosecond(t *testing.T) {
	c := clock{kind: SQLite}
	berlin := time.FixedZone("", 3600)
	for _, row := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 11, 23, 17, 4, 5, 0, time.UTC), "2026-11-23 17:04:05.000000"},
		{time.Date(2026, 11, 23, 17, 4, 5, 999_999_999, time.UTC), "2026-11-23 17:04:05.999999"},
		{time.Date(2026, 11, 23, 17, 4, 5, 42_000, time.UTC), "2026-11-23 17:04:05.000042"},
		{time.Date(2026, 11, 23, 18, 4, 5, 1_000_000, berlin), "2026-11-23 17:04:05.001000"},
		{time.Date(2026, 11, 23, 17, 4, 6, 0, time.UTC), "2026-11-23 17:04:06.000000"},
		{time.Date(2026, 11, 23, 17, 4, 5, 0, time.UTC), "2026-11-23 17:04:05.000000"},
		{time.Date(1969, 12, 31, 23, 59, 59, 500_000_000, time.UTC), "1969-12-31 23:59:59.500000"},
	} {
		if got := c.of(row.at); got != row.want {
			t.Errorf("%v is written %v, want %s", row.at, got, row.want)
		}
	}
}
