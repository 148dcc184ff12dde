package advisor

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

func (f *fakeEngine) SetTableSetting(t *db.Table, name, value string) db.Step {
	return db.Step{
		Object: db.Object{Kind: db.ObjectOption, Table: t.Name, Name: name},
		Do:     []string{"ALTER TABLE " + t.Name + " " + name + "=" + value}, Undo: []string{"ALTER TABLE " + t.Name + " back"},
		After: db.State("own " + value),
	}
}

func (f *fakeEngine) SettingLines(now db.Setting, value string) string {
	return "[mysqld]\n" + now.Name + " = " + value
}

func TestTablesThatAreVacuumedTooSeldomOrTooOften(t *testing.T) {
	table := func(rows, dead int64, own ...string) lived {
		l := pg("autovacuum", "on", "autovacuum_vacuum_scale_factor", "0.2", "autovacuum_vacuum_threshold", "50")
		t := l.Schema.Tables[0]
		t.Rows, t.Dead, t.Options = &rows, &dead, map[string]string{}
		for i := 0; i < len(own); i += 2 {
			t.Options[own[i]] = own[i+1]
		}
		return l
	}
	often := func(f *Facts) { f.Schema.Tables[0].Vacuums = n64(100) }
	checkRows(t, []settingRow{
		{"a fifth of a large table is too many dead rows to wait for", "autovacuum_vacuum_scale_factor", "own 0.005", table(50e6, 5e6)},
		{"a table of some millions may have some more", "autovacuum_vacuum_scale_factor", "own 0.025", table(2e6, 3e5)},
		{"a small table may wait", "autovacuum_vacuum_scale_factor", "", table(1e5, 5e4)},
		{"few dead rows need nothing", "autovacuum_vacuum_scale_factor", "", table(50e6, 5e3)},
		{"a table that has its own limit already", "autovacuum_vacuum_scale_factor", "", table(50e6, 5e6, ownFactor, "0.01")},
		{"a table that is vacuumed without end loses its own limit", "autovacuum_vacuum_scale_factor", "own ", table(50e6, 5e3, ownFactor, "0.0001").with(often)},
		{"a table that was taken out and misses it", "autovacuum_enabled", "own ", table(1e5, 5e4, ownOff, "false")},
		{"a table that was taken out and does not", "autovacuum_enabled", "", table(1e5, 50, ownOff, "false")},
		{"where nothing is vacuumed, that comes first", "autovacuum_vacuum_scale_factor", "no: autovacuum is off…", table(50e6, 5e6).with(func(f *Facts) { f.Settings[0].Value = "off" })},
		{"and is advised", "autovacuum", "on", table(50e6, 5e6).with(func(f *Facts) { f.Settings[0].Value = "off" })},
	})
}

func TestWhatWasCountedWhileMltopWatchedGoesBeforeTheTotals(t *testing.T) {
	spills := func(bytes float64) lived {
		return pg("work_mem", "64kB").on(16).up(24*time.Hour).counting("temp_bytes", bytes).counting("temp_files", bytes/1e6)
	}
	before := func(bytes float64, ago time.Duration) func(*Facts) {
		return func(f *Facts) {
			b := spills(bytes).Stats
			b.At = f.Stats.At.Add(-ago)
			f.Before = &b
		}
	}
	checkRows(t, []settingRow{
		{"what spilled a day ago, and not since, is over", "work_mem", "", spills(1e9).with(before(1e9, time.Hour))},
		{"what spills now counts", "work_mem", "4096kB", spills(2e9).with(before(1e9, time.Hour))},
		{"a minute is no window: the totals count", "work_mem", "4096kB", spills(1e9).with(before(1e9, time.Minute))},
	})
	list, _ := spills(2e9).with(before(1e9, time.Hour)).settingsAdvice()
	if got := strings.Join(list[0].Evidence, "; "); !strings.Contains(got, "1 GB") || !strings.Contains(got, "in the 1 h that mltop watched") {
		t.Errorf("evidence: got %q", got)
	}
}

// Every server there is has its advice followed to the letter: then nothing
// is left to say of memory, in neither direction, and all of it fits.
func TestAdviceThatWasFollowedIsNotTakenBack(t *testing.T) {
	for _, gb := range []int64{1, 2, 4, 16, 64, 512} {
		for _, sessions := range []string{"20", "100", "1000"} {
			for _, mem := range []string{"64kB", "4MB", "64MB", "1GB"} {
				for _, buffers := range []string{"128MB", "4GB", "64GB"} {
					l := pg("max_connections", sessions, "work_mem", mem, "shared_buffers", buffers, "maintenance_work_mem", "1GB", "autovacuum_max_workers", "3", "effective_cache_size", "4GB").
						on(gb).reading(1e6, 9e5).counting("temp_bytes", 1e10).counting("temp_files", 100)
					l.Stats.FileBytes = n64(1 << 40)
					follow(t, l.Facts, sessions+" sessions, work_mem "+mem+", shared_buffers "+buffers, gb)
				}
			}
		}
	}
	for _, gb := range []int64{1, 4, 64} {
		for _, pool := range []string{"134217728", "8589934592", "68719476736"} {
			l := my("innodb_buffer_pool_size", pool, "max_connections", "500", "sort_buffer_size", "2097152", "join_buffer_size", "268435456", "tmp_table_size", "16777216", "max_heap_table_size", "16777216").
				on(gb).reading(1e6, 9e5).counting("Max_used_connections", 450).counting("Sort_merge_passes", 1e4).counting("Created_tmp_tables", 1e5).counting("Created_tmp_disk_tables", 9e4)
			l.Schema.Tables[0].Bytes = n64(1 << 40)
			follow(t, l.Facts, "pool "+pool, gb)
		}
	}
}

// The same of what may grow or shrink: WAL by its disk and its writes, caches by
// files, memory and who comes.
func TestWhatWasMadeSmallerIsNotMadeLarger(t *testing.T) {
	for _, bound := range []string{"128MB", "1GB", "20GB", "64GB", "500GB"} {
		for _, disk := range []int64{1, 4, 50, 2000} {
			for _, written := range []float64{1 << 30, 1 << 36, 1 << 40} {
				for _, asked := range []float64{0, 200} {
					l := pg("max_wal_size", bound, "checkpoint_timeout", "5min", "min_wal_size", "80MB").up(24*time.Hour).with(diskOf(disk)).
						counting("checkpoints_req", asked).counting("checkpoints_timed", 288).counting("wal_bytes", written).counting("wal_fpi", written/8192*0.7)
					follow(t, l.Facts, "max_wal_size "+bound, disk)
				}
			}
		}
	}
	for _, available := range []int64{0, 1 << 28, 1 << 33} {
		for _, cache := range []string{"400", "2000", "40000"} {
			for _, opened := range []float64{10, 90_000} {
				l := my("table_open_cache", cache, "open_files_limit", "32000", "max_connections", "151", "thread_cache_size", "256", "thread_stack", "299008").on(8).
					counting("Opened_tables", opened).counting("Open_tables", 30_000).counting("Threads_cached", 100).counting("Threads_created", opened).counting("Connections", opened*2)
				l.Machine.Available = available
				follow(t, l.Facts, "table_open_cache "+cache, 8)
			}
		}
	}
}

// follow does what is advised until nothing is, and notes the way each
// setting goes: it must not turn round.
func follow(t *testing.T, f Facts, name string, gb int64) {
	t.Helper()
	ways := map[string]bool{}
	for range 20 {
		list, _ := f.settingsAdvice()
		changed := false
		for i := range f.Settings {
			for _, r := range list {
				for _, step := range r.Change {
					if step.Object.Name != f.Settings[i].Name {
						continue
					}
					old, _ := settingBytes(f.Settings[i].Value)
					now, _ := settingBytes(string(step.After))
					if up, seen := ways[step.Object.Name]; seen && up != (now > old) {
						t.Errorf("%s on %d GB: %s turns round at %s → %s", name, gb, step.Object.Name, f.Settings[i].Value, step.After)
						return
					}
					ways[step.Object.Name] = now > old
					f.Settings[i].Value, changed = string(step.After), true
				}
			}
		}
		if !changed {
			checkFits(t, f, name, gb)
			return
		}
	}
	t.Errorf("%s on %d GB: there is always something more to change", name, gb)
}

func checkFits(t *testing.T, f Facts, name string, gb int64) {
	t.Helper()
	if b := f.sizeOf("shared_buffers"); b > 0 && b > gb<<30/2 {
		t.Errorf("%s on %d GB: shared_buffers end at %s", name, gb, exact(b))
	}
	if p := f.sizeOf("innodb_buffer_pool_size"); p > gb<<30*85/100 {
		t.Errorf("%s on %d GB: the pool ends at %s", name, gb, exact(p))
	}
}

func TestAValueThatWaitsForARestartIsNotAdvisedAgain(t *testing.T) {
	l := pg("shared_buffers", "128MB").on(8).reading(1e6, 9e5)
	l.Settings[0].Pending, l.Settings[0].Scope = "2GB", db.ScopeRestart
	if got := says(t, l.Facts, "shared_buffers"); got != "no: 2GB is set already and waits for a restart" {
		t.Errorf("got %q", got)
	}
}

// A handDialect cannot set what needs a restart.
type handDialect struct{ *fakeEngine }

func (d handDialect) SetSetting(now db.Setting, v string) db.Step {
	step := d.fakeEngine.SetSetting(now, v)
	if now.Scope == db.ScopeRestart {
		step.Do, step.Undo = nil, nil
	}
	return step
}

func TestWhatNoStatementChangesIsGivenAsLines(t *testing.T) {
	l := my("innodb_flush_method", "fsync", "innodb_buffer_pool_size", "4294967296").on(8)
	l.Settings[0].Scope, l.Dialect = db.ScopeRestart, handDialect{&fakeEngine{}}
	list, _ := l.settingsAdvice()
	if len(list) != 1 || len(list[0].Change) != 0 || list[0].Statement != "[mysqld]\ninnodb_flush_method = O_DIRECT" || !strings.Contains(list[0].Takes, "restart") {
		t.Errorf("got %+v", list)
	}
}

func TestStatisticsThatNothingGathersAnew(t *testing.T) {
	changed := func(rows, modified int64) Facts {
		l := pg("autovacuum_analyze_scale_factor", "0.1", "autovacuum_analyze_threshold", "50")
		l.Schema.Tables[0].Rows, l.Schema.Tables[0].Modified = &rows, &modified
		return l.Facts
	}
	analyzed := func(f Facts, ago time.Duration) Facts {
		at := f.Stats.At.Add(-ago)
		f.Schema.Tables[0].Analyzed = &at
		return f
	}
	for _, row := range []struct {
		name  string
		facts Facts
		want  int
	}{
		{"twice the limit has changed, and nobody came", changed(1e6, 3e5), 1},
		{"autovacuum will come by itself", changed(1e6, 1.5e5), 0},
		{"gathered a minute ago: the counts may be of rows before that", analyzed(changed(1e6, 3e5), time.Minute), 0},
		{"gathered an hour ago", analyzed(changed(1e6, 3e5), time.Hour), 1},
		{"a small table does not matter", changed(1e3, 5e3), 0},
		{"MariaDB renews its own", func() Facts { f := changed(1e6, 3e5); f.Target.Engine = "mysql"; return f }(), 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := staleStatistics(row.facts); len(got) != row.want {
				t.Errorf("got %+v, want %d", got, row.want)
			}
		})
	}
}

func TestOnlyWhatNobodyNeedsToDecideIsAppliedTogether(t *testing.T) {
	for _, row := range []struct {
		name string
		r    Recommendation
		want bool
	}{
		{"more memory for sorts", Recommendation{Rule: "postgres.work_mem", Takes: "at once"}, true},
		{"what needs a restart", Recommendation{Rule: "postgres.shared_buffers", Takes: afterRestart}, false},
		{"what ends sessions", Recommendation{Rule: "postgres.idle_in_transaction_session_timeout", Takes: "at once"}, false},
	} {
		if got := row.r.Together(); got != row.want {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
	}
}
