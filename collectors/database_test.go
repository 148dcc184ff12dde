package collectors

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mltop/internal/db"
)

func f(v float64) *float64 { return &v }
func i(v int64) *int64     { return &v }

func TestTotalsBecomeRates(t *testing.T) {
	before := db.Stats{At: noon, Queries: f(100), QuerySeconds: f(10), Commits: f(50), CacheHits: f(0), CacheReads: f(0), Busy: f(1), Polls: f(10), FileBytes: i(4096)}
	now := db.Stats{At: after(2 * time.Second), Queries: f(300), QuerySeconds: f(11), Commits: f(60), CacheHits: f(90), CacheReads: f(100), Busy: f(2), Polls: f(14), FileBytes: i(8192),
		ConnectionsUsed: f(5), ConnectionsAllowed: f(20)}
	d := databaseOf(&before, now)
	got := []float64{number64(d.QueriesPerSecond), number64(d.MeanQuerySeconds), number64(d.CommitsPerSecond), number64(d.CacheHitRatio), number64(d.BusyRatio), number64(d.ConnectionPoolRatio), number64(d.FileBytesPerSecond)}
	if want := []float64{100, 0.005, 5, 0.9, 0.25, 0.25, 2048}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(d.Missing) != 0 {
		t.Errorf("all is measured, yet missing: %v", d.Missing)
	}
}

func TestARateThatCannotBeGivenHasItsReason(t *testing.T) {
	cases := []struct {
		name        string
		before      *db.Stats
		now         db.Stats
		field, want string
	}{
		{"the first reading", nil, db.Stats{At: noon, Commits: f(3)}, "commits_per_second", "needs two"},
		{"the server began anew", &db.Stats{At: noon, Commits: f(9)}, db.Stats{At: after(time.Second), Commits: f(3)}, "commits_per_second", "began anew"},
		{"the engine's own reason", &db.Stats{At: noon}, db.Stats{At: after(time.Second), Missing: map[string]string{"queries": "SQLite counts no queries"}}, "queries_per_second", "SQLite counts no queries"},
		{"no query in between", &db.Stats{At: noon, Queries: f(4), QuerySeconds: f(1)}, db.Stats{At: after(time.Second), Queries: f(4), QuerySeconds: f(1)}, "mean_query_seconds", "no query"},
		{"nothing known of connections", nil, db.Stats{At: noon}, "connection_pool_ratio", "does not count"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := databaseOf(c.before, c.now).Missing[c.field]; !strings.Contains(got, c.want) {
				t.Errorf("got reason %q, want it to say %q", got, c.want)
			}
		})
	}
}

// observed is an Observer whose answers a test changes.
type observed struct {
	db.Observer
	stats    db.Stats
	statsErr error
	schema   *db.Schema
	settings []db.Setting
	reads    int
}

func (o *observed) Stats(context.Context) (db.Stats, error) {
	o.stats.At = time.Now()
	return o.stats, o.statsErr
}
func (o *observed) Schema(context.Context) (*db.Schema, error)     { o.reads++; return o.schema, nil }
func (o *observed) Settings(context.Context) ([]db.Setting, error) { return o.settings, nil }
func (o *observed) Sessions(context.Context) ([]db.Session, error) {
	return nil, db.NotMeasuredf("SQLite has no sessions")
}
func (o *observed) SchemaVersion(context.Context) (string, error) { return o.schema.Version, nil }

func schemaWith(version string, indexes ...*db.Index) *db.Schema {
	return &db.Schema{Version: version, Tables: []*db.Table{{Name: "orders", Columns: []db.Column{{Name: "id"}}, Indexes: indexes}}}
}

func TestWhatChangedInADatabaseIsAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ix := &db.Index{Table: "orders", Name: "mltop_orders_id", Columns: []db.IndexColumn{{Name: "id"}}}
		o := &observed{schema: schemaWith("1"), settings: []db.Setting{{Name: "journal_mode", Value: "delete"}}, stats: db.Stats{Version: "3.40.1", Label: "SQLite", State: "ok", Commits: f(0)}}
		c := NewDatabase(o, nil)
		collect := func() (texts []string, d *Database) {
			sections, err := c.Collect(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range sections[1:] {
				for _, e := range s.(*Events).List {
					texts = append(texts, e.Text)
				}
			}
			time.Sleep(time.Second)
			return texts, sections[0].(*Database)
		}
		if got, d := collect(); len(got) != 0 || d.Schema == nil || d.Missing["sessions"] == "" {
			t.Errorf("at first: events %v, schema %v, reasons %v", got, d.Schema, d.Missing)
		}
		collect()
		if o.reads != 1 {
			t.Errorf("the catalog was read %d times in two seconds, want once", o.reads)
		}
		o.schema = schemaWith("2", ix)
		if got, _ := collect(); !reflect.DeepEqual(got, []string{"index created: mltop_orders_id on orders(id)"}) {
			t.Errorf("a new index: got %q", got)
		}
		o.schema = schemaWith("3")
		if got, _ := collect(); !reflect.DeepEqual(got, []string{"index dropped: mltop_orders_id on orders(id)"}) {
			t.Errorf("an index gone: got %q", got)
		}
		o.settings, o.stats.Version = []db.Setting{{Name: "journal_mode", Value: "wal"}}, "3.46.1"
		time.Sleep(time.Minute)
		if got, _ := collect(); !reflect.DeepEqual(got, []string{"SQLite 3.40.1 → 3.46.1", "journal_mode: delete → wal"}) {
			t.Errorf("a new version and a setting: got %q", got)
		}
	})
}

func TestAnotherFileIsToldInOneSampleAndReadAtOnce(t *testing.T) {
	o := &observed{schema: schemaWith("1"), stats: db.Stats{Label: "SQLite", State: "ok", Commits: f(90)}}
	c := NewDatabase(o, nil)
	collect := func() (Sample, *Database) {
		sections, err := c.Collect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return Sample{Sections: sections}, sections[0].(*Database)
	}
	collect()
	// The other file's catalog may bear the same version.
	o.schema, o.stats.Replaced, o.stats.Commits = schemaWith("1", &db.Index{Table: "orders", Name: "i"}), 1, f(3)
	s, d := collect()
	if !s.Replaced() || d.Schema != o.schema || d.CommitsPerSecond != nil {
		t.Errorf("replaced %v, schema %+v, commits a second %v; want it told, the new schema, and no rate between two files", s.Replaced(), d.Schema, d.CommitsPerSecond)
	}
	if s, _ := collect(); s.Replaced() {
		t.Error("it is told again in the next sample")
	}
}

func TestCommitsPerRequestIsAMeanOverAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, requests := &observed{schema: schemaWith("1"), stats: db.Stats{Commits: f(0)}}, uint64(0)
		c := NewDatabase(o, func() uint64 { return requests })
		var d *Database
		for n := range 90 {
			o.stats.Commits = f(float64(3 * n))
			requests = uint64(n) // its commit is seen a moment before or after
			sections, err := c.Collect(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			d = sections[0].(*Database)
			time.Sleep(time.Second)
		}
		if got := number64(d.CommitsPerRequest); got != 3 {
			t.Errorf("got %g commits a request, want 3", got)
		}
	})
}

func TestADatabaseThatCannotBeReadIsAnErrorNotZeros(t *testing.T) {
	o := &observed{}
	c := NewDatabase(unreadable{o}, nil)
	sections, err := c.Collect(context.Background())
	if len(sections) != 0 || !errors.Is(err, db.ErrGone) {
		t.Errorf("got %d sections and error %v, want none and that it is gone", len(sections), err)
	}
}

type unreadable struct{ *observed }

func (unreadable) Stats(context.Context) (db.Stats, error) { return db.Stats{}, db.ErrGone }

func TestACatalogBehindALockIsNotReadEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &lockedCatalog{observed: observed{schema: schemaWith("1"), stats: db.Stats{State: "ok"}}}
		c := NewDatabase(o, nil)
		lookForAMinute(t, c)
		o.locked, o.refused = true, 0
		o.schema = schemaWith("2") // its version is read without the lock
		lookForAMinute(t, c)
		if o.refused != 4 { // at 0, 5, 15 and 35 s
			t.Errorf("it was read %d times in a minute behind the lock, want 4", o.refused)
		}
		o.locked = false
		lookForAMinute(t, c)
		if got := c.(*database).schema.v.Version; got != "2" {
			t.Errorf("after the lock: version %s, want 2", got)
		}
	})
}

// A lockedCatalog tells its version, and no more.
type lockedCatalog struct {
	observed
	locked  bool
	refused int
}

func (o *lockedCatalog) Schema(ctx context.Context) (*db.Schema, error) {
	if o.locked {
		o.refused++
		return nil, db.ErrBusy
	}
	return o.observed.Schema(ctx)
}

// A crowd is a server whose sessions can be read sometimes.
type crowd struct {
	observed
	refused error
}

func (o *crowd) Sessions(context.Context) ([]db.Session, error) {
	if o.refused != nil {
		return nil, o.refused
	}
	return []db.Session{{ID: "1"}}, nil
}

func TestSessionsThatStandKeepTheTimeWhenTheyWereSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &crowd{observed: observed{schema: schemaWith("1"), stats: db.Stats{Label: "PostgreSQL", State: "ok"}}}
		c := NewDatabase(o, nil)
		collect := func() *Database {
			sections, err := c.Collect(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			return sections[0].(*Database)
		}
		first := collect()
		if first.SessionsAt.IsZero() || first.SessionsInterval != 0 {
			t.Errorf("at first: seen at %v, %v after the look before", first.SessionsAt, first.SessionsInterval)
		}
		if next := collect(); next.SessionsAt.Sub(first.SessionsAt) != time.Second || next.SessionsInterval != time.Second {
			t.Errorf("a second later: seen %v after the first, and %v is said", next.SessionsAt.Sub(first.SessionsAt), next.SessionsInterval)
		}
		o.refused = context.DeadlineExceeded
		collect()
		if d := collect(); len(d.Sessions) != 1 || d.At.Sub(d.SessionsAt) != 2*time.Second || d.Missing["sessions"] == "" {
			t.Errorf("what could not be read twice: %d sessions, %v old, %q", len(d.Sessions), d.At.Sub(d.SessionsAt), d.Missing["sessions"])
		}
	})
}
