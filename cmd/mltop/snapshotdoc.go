package main

import (
	"math"
	"time"

	"mltop/collectors"
)

// A snapshotDoc is what mltop snapshot writes.
type snapshotDoc struct {
	SchemaVersion int            `json:"schema_version"`
	Time          time.Time      `json:"time"`
	Target        targetDoc      `json:"target"`
	System        *systemDoc     `json:"system"`
	Requests      *requestsDoc   `json:"requests"`
	Database      *databaseDoc   `json:"database"`
	Statements    []statementDoc `json:"statements"`
	SlowLog       *slowLogDoc    `json:"slow_log,omitempty"` // of the one that was given
	Processes     []processDoc   `json:"processes"`
	Findings      []findingDoc   `json:"findings"`
	Changes       []changeDoc    `json:"changes"` // of the database, since the last attach and during this one
	Errors        reasons        `json:"errors"`
}

type systemDoc struct {
	Host                          string   `json:"host"`
	CPURatio                      *float64 `json:"cpu_ratio"`
	MemoryRatio                   *float64 `json:"memory_ratio"`
	DiskReadBytesPerSecond        *float64 `json:"disk_read_bytes_per_second"`
	DiskWriteBytesPerSecond       *float64 `json:"disk_write_bytes_per_second"`
	NetworkReceiveBytesPerSecond  *float64 `json:"network_receive_bytes_per_second"`
	NetworkTransmitBytesPerSecond *float64 `json:"network_transmit_bytes_per_second"`
	Load1                         *float64 `json:"load_1m"`
	SwapRatio                     *float64 `json:"swap_ratio"`
	FileSystemFreeBytes           *uint64  `json:"file_system_free_bytes"`
	FileSystemTotalBytes          *uint64  `json:"file_system_total_bytes"`
}

type requestsDoc struct {
	Source            string     `json:"source"`
	Latency           string     `json:"latency"`
	GroupBy           *string    `json:"group_by"` // the column whose values stand as routes; null: the routes
	ResolutionSeconds float64    `json:"resolution_seconds"`
	WindowSeconds     float64    `json:"window_seconds"`
	SourceFirst       *time.Time `json:"source_first"` // its first row, of whatever time
	SourceLast        *time.Time `json:"source_last"`
	First             *time.Time `json:"first"` // bounds of the window's requests, to a second; null without any
	Last              *time.Time `json:"last"`
	Total             uint64     `json:"total"`
	PerSecond         *float64   `json:"per_second"`
	Mean              *float64   `json:"mean_seconds"`
	P50               *float64   `json:"p50_seconds"`
	P95               *float64   `json:"p95_seconds"`
	P99               *float64   `json:"p99_seconds"`
	Max               *float64   `json:"max_seconds"`
	ErrorRatio        *float64   `json:"error_ratio"`
	ClientErrorRatio  *float64   `json:"client_error_ratio"`
	ServerErrorRatio  *float64   `json:"server_error_ratio"`
	Concurrency       *float64   `json:"concurrency"`
	Routes            []routeDoc `json:"routes"`
}

type routeDoc struct {
	Method     *string  `json:"method"` // null where requests of several are together
	Route      string   `json:"route"`
	Count      uint64   `json:"count"`
	Mean       *float64 `json:"mean_seconds"`
	P95        *float64 `json:"p95_seconds"`
	P99        *float64 `json:"p99_seconds"`
	ErrorRatio *float64 `json:"error_ratio"`
}

type processDoc struct {
	PID               int      `json:"pid"`
	Name              string   `json:"name"`
	Command           string   `json:"command"`
	CPURatio          *float64 `json:"cpu_ratio"`
	RSSBytes          uint64   `json:"rss_bytes"`
	Threads           int      `json:"threads"`
	OpenFiles         *int     `json:"open_files"`
	ReadPerSecond     *float64 `json:"read_bytes_per_second"`
	WritePerSecond    *float64 `json:"write_bytes_per_second"`
	HoldsFile         bool     `json:"holds_file"`
	LinkedSQLite      string   `json:"sqlite_library,omitempty"`
	LinkedSQLiteBuild string   `json:"sqlite_version,omitempty"`
}

type statementDoc struct {
	Fingerprint string   `json:"fingerprint"`
	Name        string   `json:"name,omitempty"`
	Text        string   `json:"text"`
	Source      string   `json:"source"`
	Route       string   `json:"route,omitempty"`
	Calls       *uint64  `json:"calls"`
	Window      *float64 `json:"window_seconds"` // how long these calls were counted
	PerHour     *float64 `json:"calls_per_hour"`
	Total       *float64 `json:"total_seconds"`
	Mean        *float64 `json:"mean_seconds"`
	P95         *float64 `json:"p95_seconds"`
	Share       *float64 `json:"share_ratio"`
	// Concurrency is how many sessions run it, in the mean: all that sampling
	// sees.
	Concurrency *float64 `json:"concurrency"`
	// What the server has counted since its counters began.
	Since     *time.Time `json:"counters_since"`
	EverCalls *float64   `json:"counters_calls"`
	EverMean  *float64   `json:"counters_mean_seconds"`
}

func newSystemDoc(s *collectors.System, r reasons) *systemDoc {
	if s == nil {
		r.say("system", "")
		return nil
	}
	d := &systemDoc{Host: s.Host, Load1: &s.Load[0]}
	rate := func(name string, p *float64) *float64 { return r.pointer("system."+name, p, s.Missing) }
	d.CPURatio = rate("cpu_ratio", s.CPURatio)
	d.MemoryRatio = r.number("system.memory_ratio", share(s.MemUsed, s.MemTotal), s.Missing["memory_ratio"])
	d.SwapRatio = ratioOrZero(s.SwapUsed, s.SwapTotal)
	d.DiskReadBytesPerSecond = rate("disk_read_bytes_per_second", s.DiskRead)
	d.DiskWriteBytesPerSecond = rate("disk_write_bytes_per_second", s.DiskWrite)
	d.NetworkReceiveBytesPerSecond = rate("network_receive_bytes_per_second", s.NetReceive)
	d.NetworkTransmitBytesPerSecond = rate("network_transmit_bytes_per_second", s.NetTransmit)
	if s.FileSystem != nil {
		d.FileSystemFreeBytes, d.FileSystemTotalBytes = &s.FileSystem.Free, &s.FileSystem.Total
	}
	return d
}

func share(part, whole uint64) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

// ratioOrZero: a host without swap uses none of it.
func ratioOrZero(part, whole uint64) *float64 {
	v := 0.0
	if whole > 0 {
		v = float64(part) / float64(whole)
	}
	return &v
}

func newRequestsDoc(w collectors.RequestWindow, r reasons) *requestsDoc {
	g := w.Total
	d := &requestsDoc{
		Source: w.Source.Kind + " " + w.Source.Name, Latency: w.Source.Latency,
		ResolutionSeconds: w.Source.Resolution.Seconds(), WindowSeconds: w.Seconds,
		GroupBy: word(w.Source.GroupBy), First: utc(w.First), Last: utc(w.Last),
		SourceFirst: utc(w.Source.First), SourceLast: utc(w.Source.Last),
		Total: g.Count, Routes: []routeDoc{},
	}
	none := "no request in the window"
	if g.Count > 0 {
		none = "no request in the window has a usable time"
	}
	value := func(name string, v float64) *float64 { return r.number("requests."+name, v, none) }
	d.PerSecond = r.number("requests.per_second", float64(g.Count)/w.Seconds, "the window has no length")
	d.Mean, d.Max = value("mean_seconds", g.Latency.Mean()), value("max_seconds", g.Latency.Max())
	d.P50, d.P95 = value("p50_seconds", g.Latency.Quantile(.5)), value("p95_seconds", g.Latency.Quantile(.95))
	d.P99 = value("p99_seconds", g.Latency.Quantile(.99))
	d.Concurrency = value("concurrency", w.Concurrency)
	noStatus := "no request in the window has a usable status"
	d.ErrorRatio = r.number("requests.error_ratio", errorRatio(g), noStatus)
	d.ClientErrorRatio = r.number("requests.client_error_ratio", share(g.ClientErrors, g.StatusCount), noStatus)
	d.ServerErrorRatio = r.number("requests.server_error_ratio", share(g.ServerErrors, g.StatusCount), noStatus)
	for _, route := range w.Routes {
		d.Routes = append(d.Routes, newRouteDoc(route))
	}
	if w.Other.Count > 0 {
		d.Routes = append(d.Routes, newRouteDoc(collectors.RouteGroup{Route: collectors.Route{Path: "(other)"}, Group: w.Other}))
	}
	return d
}

// word is null for the empty one.
func word(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// errorRatio counts 4xx and 5xx together, as MockLoop's documentation does,
// among the requests that have a status.
func errorRatio(g collectors.Group) float64 {
	return share(g.ClientErrors+g.ServerErrors, g.StatusCount)
}

func newRouteDoc(g collectors.RouteGroup) routeDoc {
	r := reasons{} // a route without times says so by its nulls; the totals have the reason
	return routeDoc{
		Method: word(g.Route.Method), Route: g.Route.Path, Count: g.Count,
		Mean: r.number("", g.Latency.Mean(), ""), P95: r.number("", g.Latency.Quantile(.95), ""),
		P99: r.number("", g.Latency.Quantile(.99), ""), ErrorRatio: r.number("", errorRatio(g.Group), ""),
	}
}

func newProcessDocs(p *collectors.Processes, r reasons) []processDoc {
	docs := []processDoc{}
	if p == nil {
		r.say("processes", "")
		return docs
	}
	for field, why := range p.Missing {
		r.say("processes."+field, why)
	}
	for _, x := range p.List {
		docs = append(docs, processDoc{
			PID: x.PID, Name: x.Name, Command: x.Command, CPURatio: x.CPURatio, RSSBytes: x.RSSBytes, Threads: x.Threads,
			OpenFiles: x.OpenFiles, ReadPerSecond: x.ReadPerSecond, WritePerSecond: x.WritePerSecond, HoldsFile: x.HoldsFile,
			LinkedSQLite: x.LinkedSQLite, LinkedSQLiteBuild: x.LinkedSQLiteVer,
		})
	}
	return docs
}

func newStatementDocs(list []collectors.StatementWindow, show func(collectors.StatementGroup) string, why reasons) []statementDoc {
	docs := []statementDoc{}
	for _, s := range list {
		r := reasons{}
		perHour := s.Weight
		if s.Source.Live {
			perHour = float64(s.Calls) / s.Seconds * 3600
		}
		if s.Source.Sampled {
			perHour = math.NaN()
		}
		d := statementDoc{
			Fingerprint: s.Fingerprint, Name: s.Name, Text: show(s.StatementGroup), Source: s.Source.Kind, Route: s.Route,
			PerHour: r.number("", perHour, ""), Share: r.number("", s.Share, ""),
			Mean: r.number("", s.Latency.Mean(), ""), P95: r.number("", s.Latency.Quantile(.95), ""),
		}
		if e := s.Ever; e != nil {
			d.Since, d.EverCalls, d.EverMean = utc(e.Since), &e.Calls, r.number("", e.Mean(), "")
		} else if s.Source.Live {
			why.say("statements.counters_mean_seconds", s.Source.Kind+" keeps no totals of before mltop came")
		}
		if d.P95 == nil && s.Latency.Count() > 0 {
			why.say("statements.p95_seconds", s.Source.Kind+" keeps numbers and sums, no quantiles")
		}
		if s.Source.Live {
			d.Concurrency, d.Window = r.number("", s.Concurrency(), ""), r.number("", s.Seconds, "")
		}
		if s.Source.Live && !s.Source.Sampled { // why sampling counts none is the source's to say
			d.Calls = &s.Calls
		} else if !s.Source.Live {
			why.say("statements.calls", "statements that are "+s.Source.Kind+" are not counted: calls_per_hour is the weight given")
		}
		if s.Latency.Sum() > 0 || s.Latency.Count() > 0 {
			total := s.Latency.Sum()
			d.Total = &total
		}
		docs = append(docs, d)
	}
	return docs
}

// A changeDoc is what changed, and when that was seen.
type changeDoc struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	Text string    `json:"text"`
	Ours bool      `json:"ours"`
	// Of a change of the database: what, from what to what, and until when it
	// was seen as before.
	What  string    `json:"what,omitempty"`
	From  string    `json:"from,omitempty"`
	To    string    `json:"to,omitempty"`
	After time.Time `json:"after,omitzero"`
}

func changeDocs(list []collectors.Event) []changeDoc {
	docs := []changeDoc{}
	for _, e := range list {
		docs = append(docs, changeDoc{e.At.UTC(), e.Kind, e.Text, e.Ours, e.What, e.From, e.To, e.After.UTC()})
	}
	return docs
}
