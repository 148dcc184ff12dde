package advisor

import (
	"testing"

	"mltop/internal/db"
)

// server are facts of a server with a setting and counters of its own.
func server(setting, value string, counters map[string]float64) Facts {
	f := logsWith().withSettings(setting, value)
	for name, n := range counters {
		f.Stats.Counters = append(f.Stats.Counters, db.Counter{Name: "pg_stat_database." + name, Value: n})
	}
	return f
}

// reading adds page reads and how many of them the cache served.
func (f Facts) reading(reads, hits float64) Facts {
	f.Stats.CacheReads, f.Stats.CacheHits = &reads, &hits
	return f
}

func TestSettingsOfServers(t *testing.T) {
	spills := map[string]float64{"temp_bytes": 12e6, "temp_files": 120}
	pool := "innodb_buffer_pool_size" // the table of logsWith has 200 MB
	for _, row := range []struct {
		name, want string
		rule       Rule
		facts      Facts
	}{
		{"sorts that spill ask for work_mem, at least the server's default", "4096kB", workMem, server("work_mem", "64kB", spills)},
		{"more than the default is raised step by step", "32768kB", workMem, server("work_mem", "8MB", spills)},
		{"but not beyond what a session may take", "65536kB", workMem, server("work_mem", "32MB", spills)},
		{"what is large already stays", "", workMem, server("work_mem", "1GB", spills)},
		{"nothing spilled", "", workMem, server("work_mem", "64kB", nil)},
		{"a value that nobody can read", "", workMem, server("work_mem", "much", spills)},
		{"a pool smaller than data that is read from disk", "268435456", bufferPool, server(pool, "33554432", nil).reading(1e6, 9e5)},
		{"a pool that serves every read", "", bufferPool, server(pool, "33554432", nil).reading(1e6, 1e6)},
		{"a pool that holds the data", "", bufferPool, server(pool, "536870912", nil).reading(1e6, 9e5)},
		{"too few reads to say", "", bufferPool, server(pool, "33554432", nil).reading(100, 50)},
		{"reads that nobody counts", "", bufferPool, server(pool, "33554432", nil)},
		{"a file has neither", "", bufferPool, logsWith().reading(1e6, 9e5)},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			for _, r := range row.rule(row.facts) {
				got = string(r.Change[0].After)
				if r.Reason == "" || len(r.Evidence) < 2 || r.Risk == "" || r.MayBeWrong == "" {
					t.Errorf("a recommendation that does not say why, or what may go wrong: %+v", r)
				}
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}
