package main

import (
	"fmt"
	"strconv"
	"time"

	"mltop/internal/export"
	"mltop/internal/sqltext"
	"mltop/internal/units"
)

// A field is one value of a snapshot, for people and for spreadsheets.
type field struct {
	name  string // as in the JSON: "requests.p95_seconds"
	label string
	value *float64
	write func(float64) string
}

func systemFields(d *systemDoc) []field {
	if d == nil {
		d = &systemDoc{}
	}
	return []field{
		{"system.cpu_ratio", "CPU", d.CPURatio, units.Percent},
		{"system.memory_ratio", "memory", d.MemoryRatio, units.Percent},
		{"system.disk_read_bytes_per_second", "disk read", d.DiskReadBytesPerSecond, units.BytesPerSecond},
		{"system.disk_write_bytes_per_second", "disk written", d.DiskWriteBytesPerSecond, units.BytesPerSecond},
		{"system.network_receive_bytes_per_second", "network received", d.NetworkReceiveBytesPerSecond, units.BytesPerSecond},
		{"system.network_transmit_bytes_per_second", "network sent", d.NetworkTransmitBytesPerSecond, units.BytesPerSecond},
	}
}

func requestFields(d *requestsDoc) []field {
	if d == nil {
		d = &requestsDoc{}
	}
	return []field{
		{"requests.per_second", "requests", d.PerSecond, units.PerSecond},
		{"requests.mean_seconds", "mean", d.Mean, units.Seconds},
		{"requests.p50_seconds", "P50", d.P50, units.Seconds},
		{"requests.p95_seconds", "P95", d.P95, units.Seconds},
		{"requests.p99_seconds", "P99", d.P99, units.Seconds},
		{"requests.max_seconds", "maximum", d.Max, units.Seconds},
		{"requests.error_ratio", "errors", d.ErrorRatio, units.Percent},
		{"requests.client_error_ratio", "4xx", d.ClientErrorRatio, units.Percent},
		{"requests.server_error_ratio", "5xx", d.ServerErrorRatio, units.Percent},
		{"requests.concurrency", "in flight (estimate)", d.Concurrency, units.Digits},
	}
}

func databaseFields(d *databaseDoc) []field {
	if d == nil {
		d = &databaseDoc{}
	}
	commits, data, met := "commits", "file", "our reads that met a lock"
	if serverEngine(d.Engine) {
		data, met = "data", "our questions that met a lock"
	}
	if d.Engine == "postgres" {
		commits = "commits, parallel workers' too" // each of them ends a transaction of its own
	}
	return []field{
		{"database.queries_per_second", "queries", d.QueriesPerSecond, units.PerSecond},
		{"database.mean_query_seconds", "mean query", d.MeanQuerySeconds, units.Seconds},
		{"database.connection_pool_ratio", "connection pool", d.ConnectionPoolRatio, units.Percent},
		{"database.cache_hit_ratio", "cache hit", d.CacheHitRatio, units.Percent},
		{"database.commits_per_second", commits, d.CommitsPerSecond, units.PerSecond},
		{"database.commits_per_request", "commits a request", d.CommitsPerRequest, units.Digits},
		{"database.busy_ratio", met, d.BusyRatio, units.Percent},
		{"database.file_bytes", data, floatOf(d.FileBytes), units.Bytes},
		{"database.wal_bytes", "write-ahead log", floatOf(d.WALBytes), units.Bytes},
		{"database.free_pages", "free pages", floatOf(d.FreePages), units.Digits},
	}
}

func floatOf(p *int64) *float64 {
	if p == nil {
		return nil
	}
	v := float64(*p)
	return &v
}

// snapshotView lays a snapshot out for people and for spreadsheets.
func snapshotView(d snapshotDoc) view {
	v := view{doc: d}
	v.tables = []export.Table{
		findingTable(d.Findings),
		fieldTable(systemTitle(d.System), "system", systemFields(d.System), d.Errors),
		fieldTable(requestsTitle(d.Requests), "requests", requestFields(d.Requests), d.Errors),
	}
	if d.Requests != nil && len(d.Requests.Routes) > 0 {
		v.tables = append(v.tables, routeTable(d.Requests.Routes))
	}
	v.tables = append(v.tables, fieldTable(databaseTitle(d), "database", databaseFields(d.Database), d.Errors))
	if d.Database != nil {
		v.tables = append(v.tables, d.Database.sessions)
	}
	if t := changedTable(d.Changes); len(t.Rows) > 0 {
		v.tables = append(v.tables, t)
	}
	if len(d.Statements) > 0 {
		v.tables = append(v.tables, statementTable(d.Statements))
	}
	if d.SlowLog != nil {
		v.tables = append(v.tables, slowLogTable(d.SlowLog))
	}
	v.tables = append(v.tables, processTable(d.Processes, d.Target.Engine))
	v.csv = snapshotCSV(d)
	return v
}

// changedTable are the changes of the database; markers of anything else are
// left out.
func changedTable(list []changeDoc) export.Table {
	t := export.Table{Title: "Changed", Columns: export.Cols("when", "~what", "~from", "~to")}
	for _, c := range list {
		if c.What == "" {
			continue
		}
		when := c.At.Local().Format(time.DateTime)
		if !c.After.IsZero() {
			when = "since " + c.After.Local().Format(time.DateTime)
		}
		t.Rows = append(t.Rows, []string{when, c.What, c.From, c.To})
	}
	return t
}

func systemTitle(d *systemDoc) string {
	if d == nil {
		return "System"
	}
	return "System  host " + d.Host
}

func requestsTitle(d *requestsDoc) string {
	if d == nil {
		return "Requests"
	}
	return fmt.Sprintf("Requests  %s in %s, by %s", units.Whole(int64(d.Total)), units.Brief(units.Seconds(d.WindowSeconds)), d.Source)
}

func databaseTitle(d snapshotDoc) string {
	if d.Database == nil {
		return "Database  " + d.Target.Path
	}
	title := fmt.Sprintf("Database  %s · %s %s", d.Target.Name, d.Database.Product, d.Database.Version)
	if mode := d.Database.JournalMode; mode != nil {
		title += " · " + *mode
	}
	return title
}

// fieldTable shows a dash, with its reason, for what was not measured.
func fieldTable(title, section string, fields []field, why reasons) export.Table {
	t := export.Table{Title: title, Columns: export.Cols("what", ">value", "~")}
	if reason, gone := why[section]; gone {
		t.Empty = units.Unknown + "  " + reason
		return t
	}
	for _, f := range fields {
		reason := ""
		if f.value == nil {
			reason = why[f.name]
		}
		t.Rows = append(t.Rows, []string{f.label, units.Or(f.value, f.write), reason})
	}
	return t
}

// wordOf is a cell of a word that may be null.
func wordOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func routeTable(routes []routeDoc) export.Table {
	t := export.Table{Title: "Routes", Columns: export.Cols("method", "~route", ">count", ">mean", ">P95", ">P99", ">errors")}
	for _, r := range routes {
		t.Rows = append(t.Rows, []string{wordOf(r.Method), r.Route, units.Whole(int64(r.Count)), units.Or(r.Mean, units.Seconds),
			units.Or(r.P95, units.Seconds), units.Or(r.P99, units.Seconds), units.Or(r.ErrorRatio, units.Percent)})
	}
	return t
}

// statementTable names statements by what they do; the fingerprint, by which
// other verbs take them, comes last.
func statementTable(list []statementDoc) export.Table {
	t := export.Table{Title: "Statements", Columns: export.Cols("~statement", ">calls", ">mean", ">P95", ">share", ">in flight", "source", "fingerprint")}
	for _, s := range list {
		text := sqltext.Gist(s.Text)
		if s.Name != "" {
			text = s.Name + ": " + text
		}
		t.Rows = append(t.Rows, []string{text, callsText(s.Calls), units.Or(s.Mean, units.Seconds),
			units.Or(s.P95, units.Seconds), units.Or(s.Share, units.Percent), units.Or(s.Concurrency, units.Digits), s.Source, s.Fingerprint})
	}
	return t
}

// callsText: a source that is not live counts none.
func callsText(calls *uint64) string {
	if calls == nil {
		return units.Unknown
	}
	return units.Whole(int64(*calls))
}

func processTable(list []processDoc, engine string) export.Table {
	t := export.Table{Title: "Processes", Columns: export.Cols(">pid", "name", "~command", ">CPU", ">memory", ">threads", "sqlite"),
		Empty: "no process that mltop may look at holds the file open"}
	if serverEngine(engine) {
		t.Columns, t.Empty = t.Columns[:len(t.Columns)-1], "no process of the server or the application is known here: --pid names them"
	}
	for _, p := range list {
		row := []string{fmt.Sprint(p.PID), p.Name, p.Command, units.Or(p.CPURatio, units.Percent), units.Bytes(float64(p.RSSBytes)), fmt.Sprint(p.Threads), p.LinkedSQLiteBuild}
		t.Rows = append(t.Rows, row[:len(t.Columns)])
	}
	return t
}

// serverEngine is false of a database that is a file, and of an empty document.
func serverEngine(engine string) bool { return engine != "" && engine != "sqlite" }

// snapshotCSV is one row; a value that was not measured is empty.
func snapshotCSV(d snapshotDoc) export.Table {
	t := export.Table{Columns: export.Cols("time", "target")}
	row := []string{d.Time.Format(time.RFC3339Nano), d.Target.Path}
	fields := append(append(systemFields(d.System), requestFields(d.Requests)...), databaseFields(d.Database)...)
	for _, f := range fields {
		t.Columns = append(t.Columns, export.Column{Name: f.name})
		row = append(row, rawNumber(f.value))
	}
	t.Rows = [][]string{row}
	return t
}

// rawNumber is a number as programs read it; nothing when it is not known.
func rawNumber(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

// rawWhole is a number of bytes or of rows in full, for programs.
func rawWhole(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}

// engineLabel is what people call an engine, where it has not said so itself.
func engineLabel(name string) string {
	switch name {
	case "sqlite":
		return "SQLite"
	case "mysql":
		return "MySQL"
	case "postgres":
		return "PostgreSQL"
	}
	return name
}
