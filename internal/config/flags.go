package config

import (
	"path/filepath"
	"strconv"
	"strings"
)

// Flags answers what the file says, by the name of the flag that says the
// same, for one target: what is said of that target first. A flag of the
// command line or a variable of the environment outweighs it.
func (c Config) Flags(t *Target) map[string]string {
	out := map[string]string{}
	put(out, map[string]string{
		"interval": string(c.Interval), "timeout": string(c.Timeout), "duration": string(c.Duration),
		"max-block": string(c.MaxBlock), "budget": string(c.Budget), "theme": string(c.Theme),
		"color": string(c.Color), "graph": string(c.Graph), "plain": boolText(c.Plain),
		"show-literals": boolText(c.ShowLiterals), "read-only": boolText(c.ReadOnly),
	})
	put(out, c.Thresholds.flags())
	if t != nil {
		put(out, t.flags())
	}
	return out
}

func (t Target) flags() map[string]string {
	m := map[string]string{
		"name": t.Name, "production": boolText(t.Production), "read-only": boolText(t.ReadOnly),
		"queries": strings.Join(t.Queries, ","), "query-log": t.QueryLog, "request-table": t.RequestTable,
		"request-columns": t.RequestColumns, "group-by": t.GroupBy,
		"server-memory": string(t.ServerMemory),
	}
	put(m, t.Thresholds.flags())
	return m
}

func (t Thresholds) flags() map[string]string {
	return map[string]string{
		"max-p95": string(t.P95), "max-errors": string(t.Errors), "max-requests": string(t.RequestsPerSecond),
		"max-cpu": string(t.CPU), "max-memory": string(t.Memory), "min-disk-free": string(t.DiskFree),
	}
}

func put(to, from map[string]string) {
	for k, v := range from {
		if v != "" {
			to[k] = v
		}
	}
}

func boolText(b *bool) string {
	if b == nil {
		return ""
	}
	return strconv.FormatBool(*b)
}

// Find answers what the file says of the database at an absolute path; nil
// when it says nothing. The first match counts.
func (c Config) Find(path string) *Target {
	for i := range c.Targets {
		if ok, err := filepath.Match(c.Targets[i].Path, path); ok && err == nil {
			return &c.Targets[i]
		}
	}
	return nil
}
