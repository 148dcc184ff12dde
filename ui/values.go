package ui

import (
	"math"

	"mltop/collectors"
	"mltop/internal/units"
)

// A value is one of the fourteen that the first screen shows, in the order in
// which the cursor walks.
type value struct {
	name   string
	short  string
	metric collectors.MetricName
	field  string // its JSON name, under which Missing says why it is not there
	part   string // requests, database, system
	text   func(float64) string
	read   func(*State) float64
}

func values() []value {
	return []value{
		{"latency P95", "P95", collectors.MetricP95, "p95_seconds", "requests", units.Seconds, quantile(0.95)},
		{"requests", "requests", collectors.MetricRequestRate, "per_second", "requests", units.PerSecond, requestRate},
		{"mean latency", "mean", collectors.MetricMean, "mean_seconds", "requests", units.Seconds, requestMean},
		{"latency P99", "P99", collectors.MetricP99, "p99_seconds", "requests", units.Seconds, quantile(0.99)},
		{"errors", "errors", collectors.MetricErrorRatio, "error_ratio", "requests", units.Percent, errorRatio},
		{"in flight (estimate: requests/s × mean seconds)", "in flight", collectors.MetricConcurrency, "concurrency", "requests", units.Digits, concurrency},
		{"CPU", "CPU", collectors.MetricCPU, "cpu_ratio", "system", units.Percent, cpu},
		{"memory", "memory", collectors.MetricMemory, "memory_ratio", "system", units.Percent, memory},
		{"disk", "disk", collectors.MetricDisk, "disk_bytes_per_second", "system", units.BytesPerSecond, disk},
		{"network", "net", collectors.MetricNetwork, "network_bytes_per_second", "system", units.BytesPerSecond, network},
		{"queries", "queries", collectors.MetricQueryRate, "queries_per_second", "database", units.PerSecond, fromDatabase(func(d *collectors.Database) *float64 { return d.QueriesPerSecond })},
		{"mean query", "mean", collectors.MetricMeanQuery, "mean_query_seconds", "database", units.Seconds, fromDatabase(func(d *collectors.Database) *float64 { return d.MeanQuerySeconds })},
		{"connection pool", "pool", collectors.MetricPool, "connection_pool_ratio", "database", units.Percent, fromDatabase(func(d *collectors.Database) *float64 { return d.ConnectionPoolRatio })},
		{"cache hits", "cache hit", collectors.MetricCacheHit, "cache_hit_ratio", "database", units.Percent, fromDatabase(func(d *collectors.Database) *float64 { return d.CacheHitRatio })},
	}
}

// The places of values by name, for those that are drawn apart.
const (
	valP95 = iota
	valRate
	valMean
	valP99
	valErrors
	valConcurrency
	valCPU
	valMemory
	valDisk
	valNetwork
	valQueries
	valMeanQuery
	valPool
	valCacheHit
)

// readValues reads all fourteen for the instant shown.
func (s *State) readValues() {
	for i, v := range values() {
		s.kpi[i] = v.read(s)
	}
}

// why says why a value is not there.
func (s *State) why(v value) string {
	if s.loading() {
		return "reading …"
	}
	for _, missing := range s.missing(v.part) {
		if why := missing[v.field]; why != "" {
			return why
		}
	}
	if why := s.Errors[v.part]; why != "" {
		return why
	}
	if v.part == "requests" && s.requests() == nil {
		return "no source of requests was found: --request-table names one"
	}
	return "no " + v.part + " were seen in the last " + spanName(s.winSpan)
}

func (s *State) missing(part string) []map[string]string {
	var out []map[string]string
	switch {
	case part == "database" && s.Snap.Database != nil:
		out = append(out, s.Snap.Database.Missing, s.Snap.Database.Stats.Missing)
	case part == "system" && s.Snap.System != nil:
		out = append(out, s.Snap.System.Missing)
	case part == "requests":
		for _, r := range s.Snap.Requests {
			out = append(out, r.Missing)
		}
	}
	return out
}

func quantile(q float64) func(*State) float64 {
	return func(s *State) float64 {
		if r := s.requests(); r != nil {
			return r.Total.Latency.Quantile(q)
		}
		return math.NaN()
	}
}

func requestRate(s *State) float64 {
	if r := s.requests(); r != nil {
		return rateOf(r.Total.Count, r.Seconds)
	}
	return math.NaN()
}

func rateOf(n uint64, seconds float64) float64 {
	if seconds <= 0 {
		return math.NaN()
	}
	return float64(n) / seconds
}

func requestMean(s *State) float64 {
	if r := s.requests(); r != nil {
		return r.Total.Latency.Mean()
	}
	return math.NaN()
}

func errorRatio(s *State) float64 {
	if r := s.requests(); r != nil {
		return errorsOf(r.Total)
	}
	return math.NaN()
}

func errorsOf(g collectors.Group) float64 {
	return ratioOf(g.ClientErrors+g.ServerErrors, g.StatusCount)
}

func ratioOf(n, of uint64) float64 {
	if of == 0 {
		return math.NaN()
	}
	return float64(n) / float64(of)
}

func concurrency(s *State) float64 {
	if r := s.requests(); r != nil {
		return r.Concurrency
	}
	return math.NaN()
}

func cpu(s *State) float64 {
	if s.Snap.System == nil {
		return math.NaN()
	}
	return orNaN(s.Snap.System.CPURatio)
}

func memory(s *State) float64 {
	if s.Snap.System == nil {
		return math.NaN()
	}
	return share(s.Snap.System.MemUsed, s.Snap.System.MemTotal)
}

func share(used, total uint64) float64 {
	if total == 0 {
		return math.NaN()
	}
	return float64(used) / float64(total)
}

func disk(s *State) float64 {
	if s.Snap.System == nil {
		return math.NaN()
	}
	return orNaN(s.Snap.System.DiskRead) + orNaN(s.Snap.System.DiskWrite)
}

func network(s *State) float64 {
	if s.Snap.System == nil {
		return math.NaN()
	}
	return orNaN(s.Snap.System.NetReceive) + orNaN(s.Snap.System.NetTransmit)
}

func fromDatabase(f func(*collectors.Database) *float64) func(*State) float64 {
	return func(s *State) float64 {
		if s.Snap.Database == nil {
			return math.NaN()
		}
		return orNaN(f(s.Snap.Database))
	}
}
