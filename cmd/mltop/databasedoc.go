package main

import (
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/export"
)

type databaseDoc struct {
	Engine              string       `json:"engine"`
	Product             string       `json:"product"` // what people call it: "MariaDB"
	Version             string       `json:"version"`
	State               string       `json:"state"`
	QueriesPerSecond    *float64     `json:"queries_per_second"`
	MeanQuerySeconds    *float64     `json:"mean_query_seconds"`
	ConnectionPoolRatio *float64     `json:"connection_pool_ratio"`
	CacheHitRatio       *float64     `json:"cache_hit_ratio"`
	CommitsPerSecond    *float64     `json:"commits_per_second"`
	CommitsPerRequest   *float64     `json:"commits_per_request"`
	BusyRatio           *float64     `json:"busy_ratio"`
	FileBytes           *int64       `json:"file_bytes"`
	FileBytesPerSecond  *float64     `json:"file_bytes_per_second"`
	WALBytes            *int64       `json:"wal_bytes"`
	SHMBytes            *int64       `json:"shm_bytes"`
	DiskFreeBytes       *int64       `json:"disk_free_bytes"`
	PageSizeBytes       *int64       `json:"page_size_bytes"`
	Pages               *int64       `json:"pages"`
	FreePages           *int64       `json:"free_pages"`
	JournalMode         *string      `json:"journal_mode"`
	StatisticsAt        *time.Time   `json:"statistics_at"`
	Since               *time.Time   `json:"counters_since"` // when the totals began
	Counters            []counterDoc `json:"counters"`
	Sessions            []sessionDoc `json:"sessions"`
	Tables              []tableDoc   `json:"tables"`
	Concerns            []concernDoc `json:"concerns"`
	Settings            []settingDoc `json:"settings"` // those that somebody set; what may hold a secret is left out

	sessions export.Table // for people, who want to see the tree
}

// A settingDoc is a setting with where its value comes from.
type settingDoc struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Unit    string `json:"unit,omitempty"`
	Default string `json:"default,omitempty"`
	Source  string `json:"source"`
	Scope   string `json:"scope"`
	Restart bool   `json:"restart"`           // a change waits for a restart of the server
	Pending string `json:"pending,omitempty"` // a value that does
}

func settingDocs(list []db.Setting) []settingDoc {
	docs := []settingDoc{}
	for _, s := range list {
		if (s.Set || s.Pending != "") && !collectors.MayHoldSecret(s.Name) {
			docs = append(docs, settingDoc{s.Name, s.Value, s.Unit, s.Default, s.Source, string(s.Scope), s.Scope == db.ScopeRestart, s.Pending})
		}
	}
	return docs
}

// A concernDoc is something in the catalog that is worth a look.
type concernDoc struct {
	Kind   string `json:"kind"`
	Object string `json:"object"`
	Text   string `json:"text"`
	Grave  bool   `json:"grave"`
}

func concernDocs(d *collectors.Database) []concernDoc {
	docs := []concernDoc{}
	for _, c := range advisor.Concerns(d.Schema, d.At) {
		docs = append(docs, concernDoc{c.Kind, c.Object, c.Text, c.Grave})
	}
	return docs
}

type tableDoc struct {
	Name      string   `json:"name"`
	Rows      *int64   `json:"rows"`
	Bytes     *int64   `json:"bytes"`
	Estimated string   `json:"estimated,omitempty"`
	Indexes   []string `json:"indexes"`
}

func newDatabaseDoc(engine string, d *collectors.Database, r reasons) *databaseDoc {
	if d == nil {
		r.say("database", "")
		return nil
	}
	s := d.Stats
	why := merged(s.Missing, d.Missing)
	number := func(name string, p *float64) *float64 { return r.pointer("database."+name, p, why) }
	integer := func(name string, p *int64) *int64 { return r.integer("database."+name, p, why) }
	out := &databaseDoc{Engine: engine, Product: either(s.Label, engineLabel(engine)), Version: s.Version, State: s.State, Tables: tableDocs(d.Schema), Concerns: concernDocs(d), Settings: settingDocs(d.Settings), Counters: counterDocs(d.Counters), Sessions: sessionDocs(d.Sessions, d.Quotes), Since: utc(s.Since)}
	out.sessions = sessionTable(engine, d)
	out.QueriesPerSecond = number("queries_per_second", d.QueriesPerSecond)
	out.MeanQuerySeconds = number("mean_query_seconds", d.MeanQuerySeconds)
	out.ConnectionPoolRatio = number("connection_pool_ratio", d.ConnectionPoolRatio)
	out.CacheHitRatio = number("cache_hit_ratio", d.CacheHitRatio)
	out.CommitsPerSecond = number("commits_per_second", d.CommitsPerSecond)
	out.CommitsPerRequest = number("commits_per_request", d.CommitsPerRequest)
	out.BusyRatio = number("busy_ratio", d.BusyRatio)
	out.FileBytesPerSecond = number("file_bytes_per_second", d.FileBytesPerSecond)
	out.FileBytes, out.WALBytes, out.SHMBytes = integer("file_bytes", s.FileBytes), integer("wal_bytes", s.WALBytes), integer("shm_bytes", s.SHMBytes)
	out.DiskFreeBytes = integer("disk_free_bytes", s.DiskFreeBytes)
	out.PageSizeBytes, out.Pages = r.integer("database.page_size_bytes", s.PageSize, map[string]string{"page_size_bytes": why["page_size"]}), integer("pages", s.Pages)
	out.FreePages = integer("free_pages", s.FreePages)
	if out.JournalMode = word(s.JournalMode); out.JournalMode == nil {
		r.say("database.journal_mode", why["journal_mode"])
	}
	if s.StatisticsAt != nil {
		out.StatisticsAt = utc(*s.StatisticsAt)
	} else {
		r.say("database.statistics_at", why["statistics_at"])
	}
	if d.Schema != nil && d.Schema.Partly != "" {
		r.say("database.tables", d.Schema.Partly)
	}
	if d.Schema != nil {
		for _, t := range d.Schema.LockedTables() {
			r.say("database.tables."+t.Name, t.Locked+": its indexes and its size are as they were last known, or not known")
		}
	}
	for _, name := range []string{"clock", "schema", "sessions", db.MissingOthers} { // that have no number of their own
		if why[name] != "" {
			r.say("database."+name, why[name])
		}
	}
	return out
}

// commitsPerRequest fills in what one short look cannot count side by side:
// the commits of this second over the requests a second of the window.
func (d *databaseDoc) commitsPerRequest(q *requestsDoc, r reasons) {
	if d == nil || q == nil || d.CommitsPerRequest != nil || d.CommitsPerSecond == nil || q.PerSecond == nil || *q.PerSecond == 0 {
		return
	}
	v := *d.CommitsPerSecond / *q.PerSecond
	d.CommitsPerRequest = &v
	delete(r, "database.commits_per_request")
}

func merged(a, b map[string]string) map[string]string {
	out := make(map[string]string, len(a)+len(b))
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}

func tableDocs(s *db.Schema) []tableDoc {
	docs := []tableDoc{}
	if s == nil {
		return docs
	}
	shared := s.SharedNames()
	for _, t := range s.Tables {
		d := tableDoc{Name: t.Shown(shared), Rows: t.Rows, Bytes: t.Bytes, Estimated: t.Estimated, Indexes: []string{}}
		for _, ix := range t.Indexes {
			if t.IsItself(ix) {
				continue
			}
			d.Indexes = append(d.Indexes, ix.Name)
		}
		docs = append(docs, d)
	}
	return docs
}
