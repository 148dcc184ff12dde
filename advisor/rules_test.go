package advisor

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

func n64(v int64) *int64 { return &v }

func index(name string, columns ...string) *db.Index {
	return &db.Index{Table: "logs", Name: name, Columns: named(columns), Bytes: n64(5e6)}
}

func with(ix *db.Index, change func(*db.Index)) *db.Index {
	change(ix)
	return ix
}

// invalid is an index that is not whole.
func invalid(change func(*db.Index)) *db.Index {
	ix := index("bad", "ts")
	ix.Invalid = true
	return with(ix, change)
}

// logsWith are facts of one big table with these indexes.
func logsWith(indexes ...*db.Index) Facts {
	t := table("logs", "path", "ts", "method")
	t.Indexes, t.Rows, t.Bytes = indexes, n64(1e6), n64(2e8)
	return Facts{
		Schema: &db.Schema{Tables: []*db.Table{t}}, Dialect: &fakeEngine{},
		RequestsPerSecond: math.NaN(), CommitsPerRequest: math.NaN(),
		Stats: db.Stats{FileBytes: n64(4e8), PageSize: n64(4096), Pages: n64(1e5), FreePages: n64(0)},
	}
}

// plannedWith adds a statement on the table that uses these indexes.
func (f Facts) plannedWith(names ...string) Facts {
	p := &db.Plan{Root: &db.Node{Op: db.OpQuery}}
	for _, n := range names {
		p.Root.Children = append(p.Root.Children, &db.Node{Op: db.OpSearch, Table: "logs", Index: n})
	}
	f.Plans = map[string]*db.Plan{"q": p}
	f.Shapes = map[string]*db.Shape{"q": where("logs", "path=")}
	return f
}

// watched says how long statements were seen live.
func (f Facts) watched(d time.Duration) Facts {
	f.Workload.Window = d
	return f
}

func (f Facts) withSettings(pairs ...string) Facts {
	for i := 0; i < len(pairs); i += 2 {
		f.Settings = append(f.Settings, db.Setting{Name: pairs[i], Value: pairs[i+1]})
	}
	return f
}

func (f Facts) writingRows() Facts {
	f.RowsPerHour = map[string]float64{"logs": 3600}
	return f
}

func TestRules(t *testing.T) {
	analyzed := func(ix *db.Index) { ix.Stat = []float64{10} }
	noRows := logsWith()
	noRows.Logs = []LogTable{{Table: "logs", ID: "id", Time: "ts", First: time.Unix(0, 0)}}
	noRows.Schema.Tables[0].Rows, noRows.Schema.Tables[0].Bytes = n64(10), n64(1000)
	grown := logsWith().writingRows()
	grown.Logs, grown.Stats.DiskFreeBytes = noRows.Logs, n64(1e8)
	free := logsWith().withSettings("auto_vacuum", "none")
	free.Stats.FreePages = n64(40000)
	small := logsWith().withSettings("page_size", "1024", "journal_mode", "delete")
	small.Stats.PageSize = n64(1024)
	smallWAL := logsWith().withSettings("page_size", "1024", "journal_mode", "wal")
	smallWAL.Stats.PageSize = n64(1024)
	wal := logsWith()
	wal.Stats.WALBytes = n64(1e9)
	hot := logsWith().plannedWith().withSettings("cache_size", "-2000")
	hot.Plans["q"].Root.Children = []*db.Node{{Op: db.OpScan, Table: "logs"}}
	hot.Schema.Tables[0].Bytes = n64(3e7)
	big := logsWith().plannedWith().withSettings("cache_size", "-2000", "mmap_size", "0")
	big.Plans["q"].Root.Children = hot.Plans["q"].Root.Children
	growing := logsWith(with(index("a", "path"), analyzed))
	growing.RowsPerHour = map[string]float64{"logs": 36000}
	slowly := logsWith(with(index("a", "path"), analyzed)).writingRows()

	tests := []struct {
		name  string
		rule  Rule
		facts Facts
		want  []string // beginnings of titles
	}{
		{"of two equal indexes the later name goes", duplicateIndexes, logsWith(index("b", "path"), index("a", "path")), []string{"Drop b, a duplicate of a"}},
		{"an index that backs a constraint never goes", duplicateIndexes,
			logsWith(index("a", "path"), with(index("z", "path"), func(ix *db.Index) { ix.Constraint, ix.Unique = true, true })), []string{"Drop a, a duplicate of z"}},
		{"what an interrupted build left goes", invalidIndexes, logsWith(index("a", "path"), invalid(func(*db.Index) {})), []string{"Drop bad: left invalid by a build that did not end"}},
		{"but not while it is being built", invalidIndexes, logsWith(invalid(func(ix *db.Index) { ix.Building = true })), nil},
		{"nor where it backs a constraint", invalidIndexes, logsWith(invalid(func(ix *db.Index) { ix.Constraint, ix.Unique = true, true })), nil},
		{"nor the index of a partitioned table, which is invalid until all partitions have theirs", invalidIndexes, logsWith(invalid(func(ix *db.Index) { ix.Parted = true })), nil},
		{"nor one that belongs to such an index", invalidIndexes, logsWith(invalid(func(ix *db.Index) { ix.PartOf = "whole" })), nil},
		{"different directions are no duplicates", duplicateIndexes,
			logsWith(index("a", "path"), with(index("b", "path"), func(ix *db.Index) { ix.Columns[0].Desc = true })), nil},
		{"the beginning of a wider index goes", redundantIndexes, logsWith(index("a", "path"), index("b", "path", "ts")), []string{"Drop a, which b makes redundant"}},
		{"a unique index stays: it is a promise", redundantIndexes,
			logsWith(with(index("a", "path"), func(ix *db.Index) { ix.Unique = true }), index("b", "path", "ts")), nil},
		{"a partial index does not replace a whole one", redundantIndexes,
			logsWith(index("a", "path"), with(index("b", "path", "ts"), func(ix *db.Index) { ix.Where = "ts > 0" })), nil},
		{"an index on the row id goes", redundantIndexes, logsWith(index("a", "id")), []string{"Drop a: the rows are stored by id already"}},
		{"an index that no plan reads is unused by the workload seen", unusedIndexes,
			logsWith(index("a", "path"), index("b", "ts")).plannedWith("a").watched(48 * time.Hour), []string{"Drop b: unused by the workload seen"}},
		{"a queries file proves no disuse", unusedIndexes, logsWith(index("a", "path"), index("b", "ts")).plannedWith("a"), nil},
		{"nor does an hour of watching", unusedIndexes, logsWith(index("a", "path"), index("b", "ts")).plannedWith("a").watched(time.Hour), nil},
		{"without a workload nothing is called unused", unusedIndexes, logsWith(index("a", "path")).watched(48 * time.Hour), nil},
		{"an index that backs a foreign key is used by deletes of the parent", unusedIndexes, func() Facts {
			f := logsWith(index("b", "ts")).plannedWith("a").watched(48 * time.Hour)
			f.Schema.Tables[0].ForeignKeys = []db.ForeignKey{{Columns: []string{"ts"}}}
			return f
		}(), nil},
		{"an indexed table without statistics asks for them", missingStatistics, logsWith(index("a", "path")), []string{"Gather statistics of logs"}},
		{"a table with statistics does not", missingStatistics, logsWith(with(index("a", "path"), analyzed)), nil},
		{"a table without indexes needs none", missingStatistics, logsWith(), nil},
		{"a written rollback journal asks for a write-ahead log", journalMode,
			logsWith().writingRows().withSettings("journal_mode", "delete"), []string{"Keep a write-ahead log"}},
		{"a file that nobody writes needs no write-ahead log", journalMode, logsWith().withSettings("journal_mode", "delete"), nil},
		{"a write-ahead log is left as it is", journalMode, logsWith().writingRows().withSettings("journal_mode", "wal"), nil},
		{"synchronous = NORMAL is for write-ahead logs", synchronous,
			logsWith().writingRows().withSettings("journal_mode", "wal"), []string{"Sync at checkpoints only"}},
		{"in a rollback journal it would be dangerous", synchronous, logsWith().writingRows().withSettings("journal_mode", "delete"), nil},
		{"an application alone on its file needs no busy timeout", busyTimeout, logsWith().writingRows().withSettings("busy_timeout", "0"), nil},
		{"a workload that reads more than the cache asks for more", readCache, hot, []string{"Keep more pages in memory"}},
		{"one that reads more than a cache should hold maps the file", readCache, big, nil},
		{"and is told so", mappedReads, big, []string{"Read the file through memory"}},
		{"a small one does not", mappedReads, hot, nil},
		{"statistics of a table that grows fast need renewing", keepStatistics, growing, []string{"Keep statistics up to date"}},
		{"those of one that grows slowly do not", keepStatistics, slowly, nil},
		{"a table without statistics has none to renew", keepStatistics, logsWith(index("a", "path")).writingRows(), nil},
		{"small pages are rewritten", pageSize, small, []string{"Store pages of 4096 bytes"}},
		{"but not in a write-ahead log, which ignores it", pageSize, smallWAL, nil},
		{"a file that is half empty can shrink", freeSpace, free, []string{"Give back the space"}},
		{"a full file cannot", freeSpace, logsWith().withSettings("auto_vacuum", "none"), nil},
		{"a log that checkpoints do not empty", bigWAL, wal, []string{"Let the write-ahead log shrink"}},
		{"a log table that grows for ever", retention, grown, []string{"Delete old rows of logs"}},
		{"a small one may", retention, noRows, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range tt.rule(tt.facts) {
				got = append(got, r.Title)
				if r.ID == "" || r.Reason == "" || r.Scope == "" || r.Statement == "" || r.Undo == "" || r.Confidence == "" {
					t.Errorf("the card lacks a part: %+v", r)
				}
			}
			if !slices.EqualFunc(got, tt.want, strings.HasPrefix) {
				t.Errorf("advised %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWALAdviceTellsTheWholeStory(t *testing.T) {
	f := logsWith().writingRows().withSettings("journal_mode", "delete")
	r := journalMode(f)[0]
	for _, want := range []string{"opens and closes a connection", "keep one connection open", "network file system"} {
		if !strings.Contains(r.MayBeWrong, want) {
			t.Errorf("may be wrong: %q, want it to say %q", r.MayBeWrong, want)
		}
	}
	if s := synchronous(logsWith().writingRows().withSettings("journal_mode", "wal"))[0]; !strings.Contains(s.Risk, "power loss") || len(s.Change) != 0 {
		t.Errorf("synchronous: risk %q, %d steps; want the power loss named and nothing to apply", s.Risk, len(s.Change))
	}
}

func TestFullDiskIsSeenComing(t *testing.T) {
	f := logsWith().writingRows()
	f.Logs, f.Stats.DiskFreeBytes = []LogTable{{Table: "logs", ID: "id", Time: "ts"}}, n64(1e8)
	r := retention(f)[0]
	// 3600 rows an hour of 200 bytes are 17.28 MB a day: 5.8 days.
	if r.Severity != SeverityCritical || !strings.Contains(strings.Join(r.Evidence, " "), "full in 6 days") {
		t.Errorf("severity %q, evidence %q", r.Severity, r.Evidence)
	}
	want := "DELETE FROM logs WHERE id IN (SELECT id FROM logs WHERE ts < :keep_from ORDER BY id LIMIT 1000);"
	if r.Statement != want {
		t.Errorf("statement %q, want %q", r.Statement, want)
	}
}

func TestADropNeverTakesWhatOtherAdviceNeeds(t *testing.T) {
	a := consistent(Advice{Recommendations: []Recommendation{
		{Title: "Create x", Kind: KindCreateIndex, Object: "index x", relies: []string{"x", "by_ts"}},
		{Title: "Drop by_ts", Kind: KindDropIndex, Object: "index by_ts"},
		{Title: "Drop a", Kind: KindDropIndex, Object: "index a"},
		{Title: "Drop a again", Kind: KindDropIndex, Object: "index a"},
	}})
	var got []string
	for _, r := range a.Recommendations {
		got = append(got, r.Title)
	}
	if !slices.Equal(got, []string{"Create x", "Drop a"}) || len(a.Declined) != 1 || a.Declined[0].Reason != "other advice relies on it: Create x" {
		t.Errorf("kept %q, declined %+v", got, a.Declined)
	}
}

func TestADropThatSlowsAStatementIsDeclined(t *testing.T) {
	logs := table("logs", "path", "ts")
	logs.Rows = n64(1e5)
	logs.Indexes = []*db.Index{index("a", "path")}
	e, w := world([]*db.Table{logs}, where("logs", "path="))
	e.lab.hides = true
	all, _, _ := bindAll(w, e, e.schema)
	s := newSearch(newWhatIf(e.lab), e.schema, all, nil, 0)
	s.baseline(context.Background(), all)
	kept, declined := s.vetDrops(context.Background(), []Recommendation{dropIndex(Facts{Dialect: e}, logs.Indexes[0], "Drop a")}, e.schema)
	if len(kept) != 0 || len(declined) != 1 || declined[0].Queries[0] != "q0" {
		t.Errorf("kept %+v, declined %+v; want it declined for q0", kept, declined)
	}
}

func TestRewrites(t *testing.T) {
	tests := []struct{ name, text, kind, reason string }{
		{"a faster text with the same rows is advised", "q1", "rewrite", ""},
		{"one with other rows is not", "other", "", "returns other rows"},
		{"one that is no faster is not", "q0 ", "", "not faster"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			slow := where("logs")
			slow.Blocks[0].Predicates = []db.Predicate{{Column: db.ColumnRef{Column: "path"}, NoIndex: "function on the column"}}
			e, w := world([]*db.Table{table("logs", "path")}, slow, where("logs", "id="))
			logs := e.schema.Tables[0]
			logs.Indexes = []*db.Index{index("by_id", "id")}
			e.shapes["q0 "] = slow
			w.Statements = w.Statements[:1]
			w.Statements[0].Rewrite = tt.text
			got := advise(t, e, w, Options{})
			var kinds, reasons []string
			for _, r := range got.Recommendations {
				if r.Kind == KindRewrite {
					kinds = append(kinds, string(r.Kind))
				}
			}
			for _, d := range got.Declined {
				reasons = append(reasons, d.Reason)
			}
			if strings.Join(kinds, "") != tt.kind || !strings.Contains(strings.Join(reasons, "; "), tt.reason) {
				t.Errorf("advised %q, declined because %q; want %q, %q", kinds, reasons, tt.kind, tt.reason)
			}
		})
	}
}

func TestASettingInAScriptIsLeftToRunAlone(t *testing.T) {
	r := Recommendation{ID: "1", Kind: KindSetting, Title: "WAL", Statement: "PRAGMA journal_mode = wal;", Reason: strings.Repeat("a long rationale ", 20),
		Change: db.Change{{Mode: db.OutsideTransaction, Do: []string{"PRAGMA journal_mode = wal"}}}}
	got := SQL(Advice{Recommendations: []Recommendation{r}})
	if !strings.Contains(got, "-- run it outside a transaction, with no other connection open:\n-- PRAGMA journal_mode = wal;") {
		t.Errorf("the setting is no comment in:\n%s", got)
	}
	for _, line := range strings.Split(got, "\n") {
		if line != "" && !strings.HasPrefix(line, "--") || len(line) > 80 {
			t.Errorf("the line %q: want a comment of at most 80 columns", line)
		}
	}
}

func TestUndoingABuildBlocksNobodyForAsLong(t *testing.T) {
	build, drop := db.Blocks{Who: "writers", For: time.Second}, db.Blocks{Who: "writers", For: time.Millisecond}
	undo := inverse(db.Step{Blocks: build, UndoBlocks: drop})
	if undo.Blocks != drop || undo.UndoBlocks != build {
		t.Errorf("an undo blocks %+v, then %+v; want %+v, %+v", undo.Blocks, undo.UndoBlocks, drop, build)
	}
	if old := inverse(db.Step{Blocks: build}); old.Blocks != build {
		t.Errorf("an entry of before says nothing of its undo: blocks %+v, want %+v", old.Blocks, build)
	}
}

func TestOutput(t *testing.T) {
	e := &fakeEngine{}
	ix := *index("mltop_a", "path")
	create := e.CreateIndex(ix)
	a := Advice{Recommendations: []Recommendation{
		{ID: "11", Kind: KindCreateIndex, Title: "Create", Reason: "be\ncause", Statement: statements(create.Do), Change: db.Change{create}},
		{ID: "22", Kind: KindSetting, Title: "Paste", Reason: "so", Scope: "the application", Statement: "PRAGMA a;\nPRAGMA b;"},
	}}
	want := "-- 11 Create\n-- be cause\nCREATE INDEX mltop_a ON logs(path);\n\n-- 22 Paste\n-- so\n-- the application:\n-- PRAGMA a;\n-- PRAGMA b;\n\n"
	if got := SQL(a); got != want {
		t.Errorf("SQL:\n%s\nwant\n%s", got, want)
	}
	for style, want := range map[MigrationStyle]string{
		StyleSQL:     "-- up\nCREATE INDEX mltop_a ON logs(path);\n\n-- down\nDROP INDEX mltop_a;\n",
		StyleAlembic: "from alembic import op\n\n\ndef upgrade():\n    op.execute(\"CREATE INDEX mltop_a ON logs(path)\")\n\n\ndef downgrade():\n    op.execute(\"DROP INDEX mltop_a\")\n",
	} {
		if got, err := Migration(a, style); err != nil || got != want {
			t.Errorf("Migration %s:\n%s\n%v, want\n%s", style, got, err, want)
		}
	}
	if _, err := Migration(a, "rails"); err == nil {
		t.Error("an unknown style gave no error")
	}
}
