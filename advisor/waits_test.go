package advisor

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

// What a build takes is not how long it keeps others waiting: on a server it
// keeps nobody, and takes its time.
func TestWhatABuildTakes(t *testing.T) {
	for _, c := range []struct {
		name         string
		dialect      db.Dialect
		bytes, reads *int64
		build, wait  string
		risk         string
	}{
		{name: "PostgreSQL reads the table twice beside writers", dialect: postgres.Dialect{}, bytes: n64(30e6), reads: n64(100e6),
			build: "about 3 s, 30 MB (reading the table at 100 MB/s and sorting", wait: "nobody (built concurrently", risk: "nobody waits while it is built"},
		{name: "MariaDB builds in place beside writers", dialect: mysql.Dialect{}, bytes: n64(30e6), reads: n64(100e6),
			build: "about 2.5 s, 30 MB (", wait: "nobody (built beside readers and writers", risk: "nobody waits while it is built"},
		{name: "an index of unknown size takes an unknown time", dialect: postgres.Dialect{},
			build: "its time is not known, 30 MB", wait: "nobody (", risk: "nobody waits while it is built"},
		{name: "SQLite holds the write lock for the whole build", dialect: sqlite.Dialect{}, bytes: n64(30e6),
			build: "about ", wait: "writers for about ", risk: "writers wait while it is built"},
	} {
		t.Run(c.name, func(t *testing.T) {
			step := c.dialect.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "status"}}, Bytes: c.bytes, Reads: c.reads})
			b := &BuildEstimate{DiskBytes: 30e6}
			b.add(step.Lasts())
			for _, text := range []struct{ got, want string }{
				{BuildText(b, []db.Step{step}), c.build}, {Waits(step.Blocks), c.wait}, {whileBuilt(db.Change{step}), c.risk},
			} {
				if !strings.HasPrefix(text.got, text.want) {
					t.Errorf("got %q, want it to begin with %q", text.got, text.want)
				}
			}
		})
	}
}

func TestBuildsAddUpAndOneUnknownMakesAllUnknown(t *testing.T) {
	second, unknown := db.Took{For: time.Second, Method: "a rate"}, db.Took{}
	for name, c := range map[string]struct {
		parts []db.Took
		want  string
	}{
		"two builds":                     {[]db.Took{second, second}, "about 2 s, 0 B (a rate)"},
		"one build whose time is hidden": {[]db.Took{second, unknown, second}, "its time is not known, 0 B (a rate)"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &BuildEstimate{}
			for _, p := range c.parts {
				b.add(p)
			}
			if got := BuildText(b, nil); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Where numbers are from is said as it is: nothing of a server's is a file, and
// what only the planner was asked was not measured.
func TestWhereAdviceWasTried(t *testing.T) {
	for _, c := range []struct {
		engine string
		method db.Method
		tried  string
		worth  string
	}{
		{"sqlite", db.MethodCopy, "on a copy; your file is untouched so far", "measured on a copy, from a warm cache"},
		{"postgres", db.MethodHypothetical, "in the planner alone, with the index imagined; your database is untouched so far", "the planner's costs with the index imagined: estimates, nothing was run with it"},
		{"mysql", db.MethodSample, "on a sample of the rows; your database is untouched so far", "measured on a sample of the rows and scaled: an estimate of the whole"},
		{"postgres", db.MethodRule, "nowhere; your database is untouched so far", "by rule: an estimate, not measured"},
	} {
		t.Run(c.engine+" by "+string(c.method), func(t *testing.T) {
			if got := tried(Recommendation{Estimate: &Effect{Method: c.method}}, c.engine); got != c.tried {
				t.Errorf("got %q, want %q", got, c.tried)
			}
			if got := howMeasured(c.method); got != c.worth {
				t.Errorf("got %q, want %q", got, c.worth)
			}
		})
	}
}
