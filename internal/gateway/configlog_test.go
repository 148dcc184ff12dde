package gateway

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"mltop/internal/gateway/rowlog"
)

func TestTheConfigurationOfTheRequestLog(t *testing.T) {
	read := func(text string) rowlog.Rule {
		t.Helper()
		c, err := ParseConfig("g.yaml", "log: "+text, Defaults(), files(nil))
		if err != nil {
			t.Fatal(err)
		}
		return c.Log
	}
	for _, row := range []struct{ text, want string }{{"off", "off"}, {"a.db", "a.db"}, {"file:a.db", "a.db"}, {"postgres://joe@h/d", "postgres://joe@h/d"}} {
		if got := read(row.text); got.Target != row.want || got.Batch != 100 || got.Every != time.Second {
			t.Errorf("log: %s gives %+v", row.text, got)
		}
	}
	want := rowlog.Rule{
		Target: "a.db", Table: "logs.requests", Batch: 50, Largest: 500, Every: 2 * time.Second, Queue: 99, Bodies: 2_000, Mask: []string{"voucher", "X-Pass"}, Spill: "s", Most: 1_000_000,
		Keep: rowlog.KeepRule{Age: 30 * 24 * time.Hour, Rows: 1_000_000},
		Pool: rowlog.PoolRule{Min: 2, Max: 4, Idle: time.Minute, Life: 2 * time.Hour, Attempts: 5, Delay: time.Millisecond, Check: time.Second, Timeout: 3 * time.Second},
	}
	got := read(`{to: a.db, table: logs.requests, batch: 50, largest_batch: 500, every: 2s, queue: 99, headers: false, bodies: 2KB, mask: [voucher, X-Pass], spill: s, spill_size: 1MB,
  keep: {age: 30d, rows: 1_000_000}, pool: {min: 2, max: 4, idle: 1m, lifetime: 2h, attempts: 5, delay: 1ms, check: 1s, timeout: 3s}}`)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestMistakesInTheRequestLogsConfiguration(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"redis://x", `g.yaml:1:6: a request log does not go to redis://: a file, mariadb://, mysql:// or postgres:// it may be`},
		{`""`, "g.yaml:1:6: the request log has no target: off, a file or a URL is one"},
		{"[a]", "g.yaml:1:6: log has to be keys and values"},
		{"{table: 'a b'}", `g.yaml:1:14: "a b" is no table's name: request_logs or logs.requests is`},
		{"{batch: 5000}", "g.yaml:1:14: a batch has at most 1000 rows"},
		{"{largest_batch: 99}", "g.yaml:1:6: the request log has a largest_batch of 99 below its batch of 100"},
		{"{every: 0s}", "g.yaml:1:14: it has to be above zero"},
		{"{queue: 2000000}", "g.yaml:1:14: the log's queue has at most 1048576 places"},
		{"{bodies: 1MB}", "g.yaml:1:15: of a body at most 64KB are kept"},
		{"{keep: {age: old}}", `g.yaml:1:19: "old" is no age: 30d or 12h is`},
		{"{pool: {min: 3, max: 2}}", "g.yaml:1:13: the log's pool has a min of 3 above its max of 2"},
		{"{pool: {most: 2}}", "unknown key most in the log's pool: it may have attempts, check, delay, idle, lifetime, max, min, timeout"},
	} {
		_, err := ParseConfig("g.yaml", "log: "+row.text, Defaults(), files(nil))
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("log: %s: got %v, want %s", row.text, err, row.want)
		}
	}
}

// What the README shows of a configuration can be read.
func TestTheREADMEsConfiguration(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(text), "### A gateway in front")
	_, part, _ = strings.Cut(part, "```yaml\n")
	part, _, _ = strings.Cut(part, "```")
	c, err := ParseConfig("README.md", part, Defaults(), files(map[string]string{"hook.secret": "0123456789abcdef"}))
	if err == nil {
		err = c.Check()
	}
	want := rowlog.Defaults()
	want.Target, want.Mask, want.Spill, want.Keep = "gateway.db", []string{"voucher"}, "gateway.spill", rowlog.KeepRule{Age: 30 * 24 * time.Hour, Rows: 5_000_000}
	if err != nil || !reflect.DeepEqual(c.Log, want) || len(c.Webhooks.Hooks) != 1 || c.Memory.GOGC != 200 {
		t.Errorf("got %v, %+v, %+v\nwant the defaults of the log, but for %+v", err, c.Log, c.Webhooks, want)
	}
}
