package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/disk"
)

// Why SQLite has no number for what a server would have.
const (
	whyQueries = "SQLite counts no statements: give a query log (--query-log) or a queries file (--queries)"
	whyPool    = "SQLite has no server and so no connection pool to look into"
	whyCache   = "the page cache is inside the application: SQLite shows it to nobody else"
	whyWhen    = "SQLite does not record when ANALYZE ran"
)

// Stats answers what can be known of the file now. A lock or a hot journal is
// a State with what could still be seen; a file that is gone is an error.
func (e *Engine) Stats(ctx context.Context) (db.Stats, error) {
	st := db.Stats{At: time.Now(), Version: libraryVersion(), Name: filepath.Base(e.path), Label: "SQLite", State: "ok",
		Missing: map[string]string{
			"queries": whyQueries, "query_seconds": whyQueries, "queries_per_second": whyQueries, "mean_query_seconds": whyQueries,
			"connections_used": whyPool, "connections_allowed": whyPool, "connection_pool_ratio": whyPool,
			"cache_hits": whyCache, "cache_reads": whyCache, "cache_hit_ratio": whyCache, "statistics_at": whyWhen,
		}}
	err := e.read(ctx, "stats", func(c *conn) error { return e.readPragmas(ctx, c, &st) })
	st.Replaced = e.replaced()
	e.addFiles(&st)
	e.addCommits(ctx, &st)
	st.Busy, st.Polls = number(e.busy.Load()), number(e.polls.Load())
	return st, stateOf(&st, err)
}

func (e *Engine) replaced() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.adopted
}

// stateOf turns an error that passes into a named state.
func stateOf(st *db.Stats, err error) error {
	var f *FileError
	if !errors.As(err, &f) {
		return err
	}
	st.State = string(f.Problem)
	for _, name := range []string{"pages", "page_size", "free_pages"} {
		st.Missing[name] = f.What
	}
	if st.JournalMode == "" {
		st.Missing["journal_mode"] = f.What
	}
	if f.Problem == ProblemLocked || f.Problem == ProblemHotJournal {
		return nil
	}
	return err
}

// pragmasSQL asks for all that changes from tick to tick in one statement.
const pragmasSQL = `SELECT (SELECT page_size FROM pragma_page_size), (SELECT page_count FROM pragma_page_count),
	(SELECT freelist_count FROM pragma_freelist_count), (SELECT journal_mode FROM pragma_journal_mode),
	(SELECT schema_version FROM pragma_schema_version)`

func (e *Engine) readPragmas(ctx context.Context, c *conn, st *db.Stats) error {
	_, err := c.each(ctx, pragmasSQL, nil, func(row []driver.Value) error {
		st.PageSize, st.Pages, st.FreePages = intIn(row[0]), intIn(row[1]), intIn(row[2])
		st.JournalMode, e.cookie = asText(row[3]), asText(row[4])
		return nil
	})
	return err
}

// intIn is nil for what is no whole number.
func intIn(v driver.Value) *int64 {
	if n, ok := v.(int64); ok {
		return &n
	}
	return nil
}

// SchemaVersion answers which catalog the last Stats saw, in the words of
// Schema; it reads nothing itself.
func (e *Engine) SchemaVersion(context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cookie == "" {
		return "", errors.New("the catalog's version was not read yet")
	}
	return e.cookie, nil
}

// addFiles adds what stat tells of the files.
func (e *Engine) addFiles(st *db.Stats) {
	s, err := look(e.path)
	if err != nil {
		st.Missing["file_bytes"] = err.Error()
		return
	}
	st.FileBytes, st.WALBytes, st.SHMBytes = &s.size, s.wal, s.shm
	if s.wal == nil {
		st.Missing["wal_bytes"] = "there is no -wal file"
	}
	if s.shm == nil {
		st.Missing["shm_bytes"] = "there is no -shm file"
	}
	if s.journal != nil && *s.journal == 0 && st.JournalMode == "delete" {
		st.JournalMode = "truncate" // the application's choice: it leaves an empty journal
	}
	free, err := disk.Free(filepath.Dir(s.path))
	if err != nil {
		st.Missing["disk_free_bytes"] = err.Error()
		return
	}
	st.DiskFreeBytes = &free
}

// addCommits adds the commits that the file's own counters tell, and the
// journal mode where no connection could.
func (e *Engine) addCommits(ctx context.Context, st *db.Stats) {
	a, err := e.child.ask(ctx, rawRequest{})
	if err != nil {
		st.Missing["commits"] = err.Error()
		return
	}
	if h := parseHeader(a.Header); h.wal() {
		st.JournalMode = "wal"
	}
	source, value, why := commitReading(a)
	if why == "" {
		e.mu.Lock()
		st.Commits, why = e.commits.observe(source, value)
		e.mu.Unlock()
	}
	if why != "" {
		st.Missing["commits"], st.Missing["commits_per_second"] = why, why
	}
}

func number(n int64) *float64 {
	f := float64(n)
	return &f
}
