package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/demo"
)

// startSampleAt starts the sample deployment as mltop demo does, with a part
// of the calibrated load.
func startSampleAt(t *testing.T, part float64) *sample {
	t.Helper()
	f := demoFlags{seed: 1}
	self := program(t, "mltop")
	server, err := demo.StartServer(context.Background(), f.server(self), nil)
	if err != nil {
		t.Fatal(err)
	}
	server.Ready.ViewsPerSecond *= part
	load, err := demo.StartClient(context.Background(), f.client(self, server.Ready, 0))
	if err != nil {
		t.Fatal(err)
	}
	d := &sample{server, load}
	t.Cleanup(func() {
		if err := d.stop(); err != nil {
			t.Errorf("the sample deployment ended with %v", err)
		}
	})
	return d
}

// A document is a snapshot as another program reads it.
type document map[string]any

// at follows a path to a number; NaN where there is none.
func (d document) at(path string) float64 {
	var v any = map[string]any(d)
	for _, key := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return math.NaN()
		}
		v = m[key]
	}
	if n, ok := v.(float64); ok {
		return n
	}
	return math.NaN()
}

// snapshotOf runs mltop snapshot as another program would.
func snapshotOf(t *testing.T, d *sample, args ...string) document {
	t.Helper()
	return snapshotOfFile(t, d.server.Ready.Database, append([]string{"--query-log", d.server.Ready.QueryLog}, args...)...)
}

func snapshotOfFile(t *testing.T, path string, args ...string) document {
	t.Helper()
	c := exec.Command(program(t, "mltop"), append([]string{"snapshot", path, "-o", "json"}, args...)...)
	c.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_STATE_HOME=")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("snapshot: %v\n%s", err, out)
	}
	var doc document
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// A truth is what somebody else than mltop says of a field.
type truth struct {
	field string
	want  float64
	by    float64 // the tolerance, a part of want
	off   float64 // and beside it, in the field's unit
}

func (tr truth) check(t *testing.T, d document) {
	t.Helper()
	if wrong := tr.wrong(d); wrong != "" {
		t.Error(wrong)
	}
}

// wrong says how the document differs; "" where it tells the truth.
func (tr truth) wrong(d document) string {
	got := d.at(tr.field)
	if math.IsNaN(got) || math.Abs(got-tr.want) > tr.by*math.Abs(tr.want)+tr.off {
		return fmt.Sprintf("%s: got %v, want %v within %v %% and %v", tr.field, got, tr.want, 100*tr.by, tr.off)
	}
	return ""
}

// sometimeTrue measures up to three times. A document and its witnesses never
// look at the very same instants, and what the machine's other work does to
// the deployment between the two is nobody's error; a wrong number is wrong
// each time.
func sometimeTrue(t *testing.T, measure func() (document, []truth)) document {
	t.Helper()
	var wrong []string
	for range 3 {
		wrong = wrong[:0]
		doc, truths := measure()
		for _, tr := range truths {
			if w := tr.wrong(doc); w != "" {
				wrong = append(wrong, w)
			}
		}
		if len(wrong) == 0 {
			return doc
		}
		t.Logf("measured once more, because %s", strings.Join(wrong, "; "))
	}
	t.Fatalf("three times in turn: %s", strings.Join(wrong, "; "))
	return nil
}

// requestTruths sums up rows of the log by hand. A log of whole milliseconds
// and a sketch of 1 % explain the tolerance.
func requestTruths(rows []logRow, seconds float64) []truth {
	var times []float64
	var sum, client, server float64
	for _, r := range rows {
		times, sum = append(times, r.seconds), sum+r.seconds
		switch {
		case r.status >= 500:
			server++
		case r.status >= 400:
			client++
		}
	}
	slices.Sort(times)
	n := float64(len(times))
	rank := func(q float64) float64 { return times[max(int(math.Ceil(q*n))-1, 0)] }
	return []truth{
		{"requests.total", n, 0, 0},
		{"requests.per_second", n / seconds, 0.001, 0},
		{"requests.mean_seconds", sum / n, 0.01, 0.001},
		{"requests.p50_seconds", rank(0.50), 0.02, 0.001},
		{"requests.p95_seconds", rank(0.95), 0.02, 0.001},
		{"requests.p99_seconds", rank(0.99), 0.02, 0.001},
		{"requests.max_seconds", times[len(times)-1], 0, 0.001},
		{"requests.error_ratio", (client + server) / n, 1e-9, 0},
		{"requests.client_error_ratio", client / n, 1e-9, 0},
		{"requests.server_error_ratio", server / n, 1e-9, 0},
		{"requests.concurrency", sum / seconds, 0.01, 0.01},
	}
}

// TestTheWholeLogIsSummedUpAsPlainSQLDoes compares every number of requests
// with the rows of a log that nobody writes to any more.
func TestTheWholeLogIsSummedUpAsPlainSQLDoes(t *testing.T) {
	d := startSampleAt(t, 0.5) // numbers are compared here, not queues
	time.Sleep(3 * time.Second)
	if err := d.load.Stop(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // the last requests end
	doc := snapshotOf(t, d, "--window", "all")
	rows := logRows(t, d.server.Ready.Database, "1")
	for _, tr := range requestTruths(rows, doc.at("requests.window_seconds")) {
		tr.check(t, doc)
	}
}

// TestTheNumbersOfTheRunningDemoAreTrue holds every field of a snapshot that
// must be a number against what others say: plain SQL over the log, the
// outside client, /proc, the files. The rest must say why it is none.
func TestTheNumbersOfTheRunningDemoAreTrue(t *testing.T) {
	d := startSampleAt(t, 0.5) // numbers are compared here, not queues
	time.Sleep(2 * time.Second)
	doc := sometimeTrue(t, func() (document, []truth) { return measureDemo(t, d) })
	host, _ := os.Hostname()
	if got := fmt.Sprint(doc["system"].(map[string]any)["host"]); got != host {
		t.Errorf("system.host: got %q, want %q", got, host)
	}
	checkBounds(t, doc, 20*time.Second)
	for _, field := range []string{
		"system.file_system_free_bytes", "requests.max_seconds", "requests.concurrency", "requests.resolution_seconds",
		"database.busy_ratio", "database.free_pages", "database.disk_free_bytes",
	} {
		if got := doc.at(field); math.IsNaN(got) || got < 0 {
			t.Errorf("%s: got %v, want a number (%v)", field, got, doc["errors"].(map[string]any)[field])
		}
	}
	for _, field := range []string{"database.connection_pool_ratio", "database.cache_hit_ratio"} {
		if got := doc.at(field); !math.IsNaN(got) || fmt.Sprint(doc["errors"].(map[string]any)[field]) == "" {
			t.Errorf("%s: got %v, want null and the reason", field, got)
		}
	}
}

// measureDemo takes a snapshot of 20 seconds of the deployment, and what its
// client, its log, its files and the kernel say of the same ones.
func measureDemo(t *testing.T, d *sample) (document, []truth) {
	t.Helper()
	const span, looks = 20, 6
	if _, err := d.load.Phase("truth"); err != nil {
		t.Fatal(err)
	}
	commits := changeCounter(t, d.server.Ready.Database)
	began := time.Now()
	time.Sleep((span - 7) * time.Second)
	cpu := readCPU(t)
	doc := snapshotOf(t, d, "--window", "20s", "--interval", fmt.Sprint(looks*time.Second))
	busy := readCPU(t).since(cpu)
	report, err := d.load.Phase("after")
	if err != nil {
		t.Fatal(err)
	}
	committed := float64(changeCounter(t, d.server.Ready.Database)-commits) / time.Since(began).Seconds()
	ended := instant(t, doc["time"])
	logged := loggedBetween(t, d.server.Ready.Database, ended.Add(-span*time.Second), ended)
	counted := countedSeconds(t, doc)
	asked := queriesLogged(t, d.server.Ready.QueryLog, ended.Add(-time.Duration(counted*float64(time.Second))), ended)
	calls, mean := sumOf(report)
	// The client waits for the wire too, and for the log to be written.
	if mean < 0.9*logged.mean {
		t.Errorf("the client saw a mean of %.4f s, less than the %.4f s of the log", mean, logged.mean)
	}
	return doc, []truth{
		{"requests.per_second", logged.count / span, 0.15, 0}, // the log's stamps are whole seconds
		{"requests.per_second", calls / report.Seconds, 0.25, 0},
		{"requests.mean_seconds", logged.mean, 0.25, 0.010},
		{"requests.p95_seconds", logged.p95, 0.30, 0.030},
		{"requests.p50_seconds", logged.p50, 0.30, 0.010},
		{"requests.p99_seconds", logged.p99, 0.50, 0.050}, // a few requests make it
		{"database.queries_per_second", asked.calls / counted, 0.25, 0},
		{"database.mean_query_seconds", asked.seconds / asked.calls, 0.30, 0.002},
		{"requests.server_error_ratio", 0, 0, 0},
		{"requests.client_error_ratio", 0.005, 1, 0.02}, // one order in a hundred does not exist
		{"database.commits_per_second", committed, 0.5, 2},
		{"database.commits_per_request", committed / (calls / report.Seconds), 0.5, 0.2},
		{"database.file_bytes", fileSize(t, d.server.Ready.Database), 0.02, 0},
		{"database.pages", fileSize(t, d.server.Ready.Database) / 4096, 0.02, 0},
		{"database.page_size_bytes", 4096, 0, 0},
		{"system.cpu_ratio", busy, 0.3, 0.25},
		{"system.memory_ratio", memoryRatio(t), 0.15, 0.05},
		{"system.load_1m", loadNow(t), 0.4, 1.5},
	}
}

// countedSeconds is how long the snapshot counted statements: its two looks
// and what it did between them.
func countedSeconds(t *testing.T, doc document) float64 {
	t.Helper()
	for _, s := range doc["statements"].([]any) {
		if seconds, ok := s.(map[string]any)["window_seconds"].(float64); ok {
			return seconds
		}
	}
	t.Fatal("no statement says how long it was counted")
	return 0
}

// checkBounds: a busy deployment's window is full of requests from end to end,
// and its log is older than that.
func checkBounds(t *testing.T, doc document, window time.Duration) {
	t.Helper()
	requests, now := doc["requests"].(map[string]any), instant(t, doc["time"])
	first, last, oldest := instant(t, requests["first"]), instant(t, requests["last"]), instant(t, requests["source_first"])
	if age := now.Sub(first) - window; age.Abs() > 2*time.Second {
		t.Errorf("requests.first: got %v at %v, want %v before", first, now, window)
	}
	if age := now.Sub(last); age < 0 || age > 3*time.Second {
		t.Errorf("requests.last: got %v at %v", last, now)
	}
	if !oldest.Before(first) {
		t.Errorf("requests.source_first: got %v, want what is older than the window's first, %v", oldest, first)
	}
}

func instant(t *testing.T, v any) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(v))
	if err != nil {
		t.Error(err)
	}
	return at
}

func sumOf(r demo.Report) (calls, mean float64) {
	for _, route := range r.Routes {
		calls += float64(route.Count)
		mean += float64(route.Count) * route.Mean
	}
	return calls, mean / calls
}
