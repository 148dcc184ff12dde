package requestlog

import (
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// ParseColumns reads an explicit map of columns onto t, as in
// "time=ts,status=code,duration=took:us": what a column means, its name, and
// for a duration its unit (ns, us, ms, s; without one, as the name ends, else
// ms); duration_ms=took says the same. An empty name takes a column away.
func ParseColumns(t db.RequestTable, text string) (db.RequestTable, error) {
	fields := map[string]*string{
		"id": &t.ID, "time": &t.Time, "method": &t.Method, "path": &t.Path, "status": &t.Status, "duration": &t.Duration,
		"group": &t.Group, "client": &t.ClientHost, "size": &t.Size, "admin": &t.IsAdmin,
	}
	for part := range strings.SplitSeq(text, ",") {
		key, name, ok := strings.Cut(part, "=")
		key, unit, _ := strings.Cut(strings.TrimSpace(key), "_")
		if unit != "" {
			name += ":" + strings.Replace(unit, "seconds", "s", 1)
		}
		field := fields[key]
		if !ok || field == nil || unit != "" && field != &t.Duration {
			return t, fmt.Errorf("read columns %q: want id, time, method, path, status, duration, group, client, size or admin, and = and a column", part)
		}
		name = strings.TrimSpace(name)
		if field == &t.Duration {
			var err error
			if name, err = durationColumn(&t, name); err != nil {
				return t, err
			}
		}
		*field = name
	}
	return t, nil
}

func durationColumn(t *db.RequestTable, text string) (string, error) {
	name, unit, given := strings.Cut(text, ":")
	if !given {
		unit = "ms"
		for _, u := range []string{"ms", "us", "ns", "s"} {
			if strings.HasSuffix(name, "_"+u) {
				unit = u
			}
		}
		if strings.HasSuffix(name, "_seconds") {
			unit = "s"
		}
	}
	units := map[string]time.Duration{"ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond, "s": time.Second}
	d, ok := units[unit]
	if !ok {
		return "", fmt.Errorf("read columns: %q is no unit of time: want ns, us, ms or s", unit)
	}
	t.DurationUnit, t.DurationReal = d, d == time.Second
	return name, nil
}
