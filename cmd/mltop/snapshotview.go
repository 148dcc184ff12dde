package main

import (
	"fmt"
	"strconv"
	"time"

	"mltop/internal/export"
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
		{"system.cpu_ratio", "CPU", d.CPURatio, export.Ratio},
		{"system.memory_ratio", "memory", d.MemoryRatio, export.Ratio},
		{"system.disk_read_bytes_per_second", "disk read", d.DiskReadBytesPerSecond, byteRate},
		{"system.disk_write_bytes_per_second", "disk written", d.DiskWriteBytesPerSecond, byteRate},
		{"system.network_receive_bytes_per_second", "network received", d.NetworkReceiveBytesPerSecond, byteRate},
		{"system.network_transmit_bytes_per_second", "network sent", d.NetworkTransmitBytesPerSecond, byteRate},
	}
}

func byteRate(v float64) string { return export.Bytes(v) + "/s" }

func requestFields(d *requestsDoc) []field {
	if d == nil {
		d = &requestsDoc{}
	}
	return []field{
		{"requests.per_second", "requests", d.PerSecond, export.Rate},
		{"requests.mean_seconds", "mean", d.Mean, export.Seconds},
		{"requests.p50_seconds", "P50", d.P50, export.Seconds},
		{"requests.p95_seconds", "P95", d.P95, export.Seconds},
		{"requests.p99_seconds", "P99", d.P99, export.Seconds},
		{"requests.max_seconds", "maximum", d.Max, export.Seconds},
		{"requests.error_ratio", "errors", d.ErrorRatio, export.Ratio},
		{"requests.client_error_ratio", "4xx", d.ClientErrorRatio, export.Ratio},
		{"requests.server_error_ratio", "5xx", d.ServerErrorRatio, export.Ratio},
		{"requests.concurrency", "in flight (estimate)", d.Concurrency, plainNumber},
	}
}

func databaseFields(d *databaseDoc) []field {
	if d == nil {
		d = &databaseDoc{}
	}
	return []field{
		{"database.queries_per_second", "queries", d.QueriesPerSecond, export.Rate},
		{"database.mean_query_seconds", "mean query", d.MeanQuerySeconds, export.Seconds},
		{"database.connection_pool_ratio", "connection pool", d.ConnectionPoolRatio, export.Ratio},
		{"database.cache_hit_ratio", "cache hit", d.CacheHitRatio, export.Ratio},
		{"database.commits_per_second", "commits", d.CommitsPerSecond, export.Rate},
		{"database.commits_per_request", "commits a request", d.CommitsPerRequest, plainNumber},
		{"database.busy_ratio", "our reads that met a lock", d.BusyRatio, export.Ratio},
		{"database.file_bytes", "file", floatOf(d.FileBytes), export.Bytes},
		{"database.wal_bytes", "write-ahead log", floatOf(d.WALBytes), export.Bytes},
		{"database.free_pages", "free pages", floatOf(d.FreePages), plainNumber},
	}
}

func plainNumber(v float64) string { return fmt.Sprintf("%.4g", v) }

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
	if len(d.Statements) > 0 {
		v.tables = append(v.tables, statementTable(d.Statements))
	}
	v.tables = append(v.tables, processTable(d.Processes))
	v.csv = snapshotCSV(d)
	return v
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
	span := time.Duration(d.WindowSeconds * float64(time.Second)).Round(time.Second)
	return fmt.Sprintf("Requests  %s in %v, by %s", export.Count(int64(d.Total)), span, d.Source)
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
		t.Empty = export.Unknown + "  " + reason
		return t
	}
	for _, f := range fields {
		reason := ""
		if f.value == nil {
			reason = why[f.name]
		}
		t.Rows = append(t.Rows, []string{f.label, export.Or(f.value, f.write), reason})
	}
	return t
}

func routeTable(routes []routeDoc) export.Table {
	t := export.Table{Title: "Routes", Columns: export.Cols("method", "~route", ">count", ">mean", ">P95", ">P99", ">errors")}
	for _, r := range routes {
		t.Rows = append(t.Rows, []string{r.Method, r.Route, export.Count(int64(r.Count)), export.Or(r.Mean, export.Seconds),
			export.Or(r.P95, export.Seconds), export.Or(r.P99, export.Seconds), export.Or(r.ErrorRatio, export.Ratio)})
	}
	return t
}

func statementTable(list []statementDoc) export.Table {
	t := export.Table{Title: "Statements", Columns: export.Cols("fingerprint", "~statement", ">calls", ">mean", ">P95", ">share", "source")}
	for _, s := range list {
		text := s.Text
		if s.Name != "" {
			text = s.Name + ": " + text
		}
		t.Rows = append(t.Rows, []string{s.Fingerprint, text, callsText(s.Calls), export.Or(s.Mean, export.Seconds),
			export.Or(s.P95, export.Seconds), export.Or(s.Share, export.Ratio), s.Source})
	}
	return t
}

// callsText: a source that is not live counts none.
func callsText(calls *uint64) string {
	if calls == nil {
		return "–"
	}
	return export.Count(int64(*calls))
}

func processTable(list []processDoc) export.Table {
	t := export.Table{Title: "Processes", Columns: export.Cols(">pid", "name", "~command", ">CPU", ">memory", ">threads", "sqlite"),
		Empty: "no process that mltop may look at holds the file open"}
	for _, p := range list {
		t.Rows = append(t.Rows, []string{fmt.Sprint(p.PID), p.Name, p.Command, export.Or(p.CPURatio, export.Ratio),
			export.Bytes(float64(p.RSSBytes)), fmt.Sprint(p.Threads), p.LinkedSQLiteBuild})
	}
	return t
}

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
