package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/wire"
)

// benchWorld runs mltop in this process, with a home of its own.
type benchWorld struct {
	t    *testing.T
	home string
}

func newBenchWorld(t *testing.T) benchWorld { return benchWorld{t, t.TempDir()} }

func (b benchWorld) run(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	w := &world{
		in: strings.NewReader(""), out: &o, err: &e,
		getenv:   func(name string) string { return map[string]string{"HOME": b.home}[name] },
		terminal: func() bool { return false }, width: func() int { return 0 }, height: func() int { return 0 },
	}
	code = run(context.Background(), w, append([]string{"bench"}, args...))
	return code, o.String(), e.String()
}

func (b benchWorld) file(name, text string) string {
	path := filepath.Join(b.home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return path
}

func benchTarget(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		w.Write([]byte("hello"))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestBenchWritesWhatItMeasured(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	code, out, errs := b.run(url+"/page", "--rate", "100", "-c", "2", "-d", "500ms", "--warmup", "200ms", "--seed", "7", "-o", "json")
	var doc wire.Bench
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if doc.Sent != 50 || doc.WarmupSent != 20 || doc.Dropped != 0 || doc.ErrorCount != 0 || doc.Seed != 7 || doc.Model != "open" {
		t.Errorf("got sent %d, warm-up %d, dropped %d, errors %d, seed %d, %s", doc.Sent, doc.WarmupSent, doc.Dropped, doc.ErrorCount, doc.Seed, doc.Model)
	}
}

// The names of a result, so that none of them changes unseen: others read it.
const (
	benchNames = `schema_version id name time model scenario scenario_digest seed machine duration_seconds warmup_seconds
		requests_per_second offered_per_second sent warmup_sent dropped unfinished error_count error_ratio errors statuses
		received_body_bytes latency service_time send_lag connection_wait connect connections generator routes series thresholds
		target analysis`
	quantileNames = "count mean_seconds p50_seconds p90_seconds p95_seconds p99_seconds p999_seconds max_seconds"
	errorNames    = "kind side route message count first last"
	routeNames    = "name sent requests_per_second error_count error_ratio statuses received_body_bytes latency service_time tail_ratio"
	boundNames    = "text unit value limit broken"
	findingNames  = "rule level text"
)

func TestTheNamesOfAResult(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	code, out, errs := b.run(url+"/broken", "--rate", "100", "-d", "300ms", "--threshold", "p95 < 1m", "-o", "json")
	var doc map[string]any
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	namesAre(t, "the result", doc, benchNames)
	for _, name := range []string{"latency", "service_time", "send_lag"} {
		namesAre(t, name, doc[name], quantileNames)
		for _, q := range strings.Fields(quantileNames) {
			if v, ok := doc[name].(map[string]any)[q].(float64); !ok || v < 0 {
				t.Errorf("%s.%s is %v", name, q, doc[name].(map[string]any)[q])
			}
		}
	}
	for name, want := range map[string]string{"errors": errorNames, "routes": routeNames, "thresholds": boundNames, "analysis": findingNames} {
		list, _ := doc[name].([]any)
		if len(list) == 0 {
			t.Fatalf("%s: %v, want one and more", name, doc[name])
		}
		namesAre(t, name, list[0], want)
	}
}

// namesAre compares the keys of an object with those wanted, in any order.
func namesAre(t *testing.T, what string, v any, want string) {
	t.Helper()
	object, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("%s is %v, no object", what, v)
	}
	got, wanted := slices.Sorted(maps.Keys(object)), slices.Sorted(slices.Values(strings.Fields(want)))
	if !slices.Equal(got, wanted) {
		t.Errorf("%s has %v\nwant %v", what, got, wanted)
	}
}

func TestBenchInEveryForm(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	for form, want := range map[string]string{
		"table": "latency, from when due", "md": "### Times", "csv": "at_seconds,width_seconds,sent", "hdr": "1/(1-Percentile)", "json": `"schema_version": 1`,
		"html": "<h2>Latency, from when requests were due</h2>",
	} {
		file := filepath.Join(b.home, "out."+form)
		code, _, errs := b.run(url, "-c", "2", "-d", "200ms", "-o", form, "-w", file)
		text, err := os.ReadFile(file)
		if code != exitOK || err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: exit %d, %v, %s: got %q", form, code, err, errs, text)
		}
	}
}

func TestBenchExitsAsItShould(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"thresholds that are kept", []string{url, "-d", "200ms", "--threshold", "p95 < 5s", "--threshold", "error_ratio < 1%"}, exitOK, ""},
		{"a threshold that is broken", []string{url + "/broken", "-d", "200ms", "--threshold", "error_ratio < 1%"}, exitFindings, "1 of 1 thresholds broken"},
		{"a threshold broken for too long", []string{url + "/broken", "--rate", "200", "-d", "1m", "--threshold", "error_ratio < 1%", "--abort-after", "200ms"}, exitFindings, "broken"},
		{"a threshold that is none", []string{url, "--threshold", "p95 below 3"}, exitUsage, "is no threshold"},
		{"another host", []string{"http://192.0.2.1/", "-d", "1s"}, exitUsage, "--allow-host 192.0.2.1"},
		{"too many requests", []string{url, "--rate", "1e6"}, exitUsage, "--max-rate 50000"},
		{"too long", []string{url, "-d", "5h"}, exitUsage, "--max-duration 1h0m0s"},
		{"too many connections", []string{url, "-c", "5000"}, exitUsage, "--max-connections 1000"},
		{"no connections", []string{url, "-c", "0"}, exitUsage, "not above zero"},
		{"no URL", nil, exitUsage, "takes one URL or scenario"},
		{"a scenario that is not there", []string{"none.yaml"}, exitUsage, "no such file"},
		{"a target that answers nothing", []string{"http://127.0.0.1:1/", "--rate", "20", "-d", "200ms"}, exitError, "not one of 4 requests was answered"},
		{"a URL without its beginning", []string{"127.0.0.1:8080/items"}, exitUsage, "as a URL it is http://127.0.0.1:8080/items"},
		{"a port that there is not", []string{"http://127.0.0.1:99999/"}, exitUsage, "there is no port 99999, the last one is 65535"},
		{"a slip of a verb", []string{"comapre", "a", "--", "b"}, exitUsage, `did you mean "compare"?`},
		{"a scenario with mistakes", []string{b.file("bad.yaml", "users: 1\nrequests: [{url: /}]\nnonsense: 1\n")}, exitUsage, "bad.yaml:3:1: unknown key nonsense"},
		{"a scenario and what only a URL takes", []string{b.file("ok.yaml", "users: 1\nbase: "+url+"\nrequests: [{url: /}]\n"), "-X", "POST"}, exitUsage, "--method is for a test of one URL"},
		{"a scenario whose setup fails", []string{b.file("setup.yaml", "users: 1\nbase: "+url+"\nsetup: [{command: echo no; exit 3}]\nrequests: [{url: /}]\n")}, exitError, `command "echo no; exit 3": exit status 3: no`},
		{"another kind of URL", []string{"ftp://localhost/"}, exitUsage, "does not begin with http://"},
		{"a header that is none", []string{url, "-H", "nonsense"}, exitUsage, "is no header"},
	} {
		code, out, errs := b.run(c.args...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%s: exit %d, want %d: %s%s; want %q", c.name, code, c.code, out, errs, c.says)
		}
	}
}

// -d is the same flag for all verbs, and means the test here.
func TestTheHelpOfBenchIsOnTests(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	_, out, _ := b.run("--help")
	if want := "how long the test lasts; a scenario: as long as it says (default 10s)"; !strings.Contains(out, want) || strings.Contains(out, "how long the advisor") {
		t.Errorf("want %q and no advisor in\n%s", want, out)
	}
	for _, c := range []struct {
		name, value string
		code        int
	}{{"a duration is one", "100ms", exitOK}, {"none is not", "0s", exitUsage}} {
		if code, _, errs := b.run(url, "--duration", c.value, "--rate", "50"); code != c.code {
			t.Errorf("%s: exit %d, want %d: %s", c.name, code, c.code, errs)
		}
	}
}

func TestBenchRunsAScenario(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	b.file("people.csv", "who\nann\nbob\n")
	file := b.file("shop.yaml", `
name: shop
base: `+url+`
rate: 50
duration: 10s
data: {file: people.csv}
setup: [{command: touch `+b.home+`/prepared}]
requests:
  - {name: list, url: /list, weight: 3}
  - {name: one, url: "/one/{{who}}"}
thresholds: ["list: p99 < 5s"]
`)
	code, out, errs := b.run(file, "-d", "500ms", "--rate", "100", "-o", "json")
	var doc wire.Bench
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if doc.Sent != 50 || len(doc.Routes) != 2 || doc.Name != "shop" || len(doc.Thresholds) != 1 || doc.ErrorCount != 0 {
		t.Errorf("got %+v", doc)
	}
	if _, err := os.Stat(filepath.Join(b.home, "prepared")); err != nil {
		t.Errorf("the command of the setup was not run: %v", err)
	}
}

func TestKeptRunsAreCompared(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	for range 2 {
		if code, _, errs := b.run(url, "--rate", "50", "-d", "200ms"); code != exitOK {
			t.Fatalf("exit %d: %s", code, errs)
		}
	}
	file := filepath.Join(b.home, "third.json")
	if code, _, errs := b.run(url, "--rate", "50", "-d", "200ms", "--no-keep", "-o", "json", "-w", file); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	_, out, _ := b.run("runs", "-o", "json")
	var runs []wire.Bench
	if err := json.Unmarshal([]byte(out), &runs); err != nil || len(runs) != 2 || runs[0].ID == "" || runs[0].Seed == 0 || runs[0].Machine.CPUs == 0 || runs[0].Scenario == "" {
		t.Fatalf("got %v %s", err, out)
	}
	code, out, errs := b.run("compare", "last", runs[0].ID, "--", file, "-o", "json")
	if code == exitOK {
		t.Errorf("flags after -- are runs: got %s%s", out, errs)
	}
	code, out, errs = b.run("compare", "-o", "json", "last", runs[0].ID, "--", file)
	var c wire.BenchComparison
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != exitOK || c.Verdict.Text == "" || len(c.Before.Runs) != 2 || len(c.Doubts) == 0 {
		t.Errorf("exit %d, %v: %s%s", code, err, out, errs)
	}
	for _, bad := range [][]string{{"compare", "last"}, {"compare", "--", "last"}, {"compare", "last", "--"}, {"compare", "last~7", "--", "last"}, {"compare", "nonsense", "--", "last"}} {
		if code, _, errs := b.run(bad...); code != exitUsage {
			t.Errorf("%v: exit %d: %s", bad, code, errs)
		}
	}
}

func TestOnlySoManyRunsAreKept(t *testing.T) {
	s := benchStore{t.TempDir()}
	for i := range keptRuns + 3 {
		if err := s.keep(&wire.Bench{Digest: "abcdef", Time: time.Unix(int64(i), 0)}); err != nil {
			t.Fatal(err)
		}
	}
	ids, err := s.ids()
	if err != nil || len(ids) != keptRuns || !strings.HasPrefix(ids[0], time.Unix(3, 0).Format("20060102-150405")) {
		t.Errorf("%d are kept, from %v on, %v", len(ids), ids[:1], err)
	}
}

// TestWhatTheTargetDidStandsBesideTheTest: the handler is slow on one route
// because of one statement, which its query log tells.
func TestWhatTheTargetDidStandsBesideTheTest(t *testing.T) {
	b := newBenchWorld(t)
	database, queries := filepath.Join(b.home, "app.db"), filepath.Join(b.home, "queries.jsonl")
	if err := runSQL(database, []string{"CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER)"}); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(queries)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		sql, took := "SELECT id FROM orders WHERE id = 7", 0.0001
		if r.URL.Path == "/slow" {
			sql, took = "SELECT id FROM orders WHERE customer = 7", 0.02
			time.Sleep(20 * time.Millisecond)
		}
		fmt.Fprintf(log, "{\"time\": %.6f, \"sql\": %q, \"seconds\": %g, \"route\": \"GET %s\"}\n", float64(time.Now().UnixNano())/1e9, sql, took, r.URL.Path)
	}))
	defer s.Close()
	file := b.file("s.yaml", "base: "+s.URL+"\nrate: 100\nduration: 2500ms\nrequests: [{url: /fast, weight: 4}, {url: /slow}]\n")
	code, out, errs := b.run(file, "--attach", database, "--query-log", queries, "--interval", "300ms", "-o", "json")
	var doc wire.Bench
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if doc.Target == nil || len(doc.Target.Series) < 4 || doc.Target.Series[len(doc.Target.Series)-1].CPU == nil {
		t.Fatalf("got %+v", doc.Target)
	}
	if last := doc.Target.Series[len(doc.Target.Series)-1].At; last < 1.5 || last > 10 {
		t.Errorf("the last look at the target is %.1f s after the start", last)
	}
	rules := map[string]string{}
	for _, f := range doc.Analysis {
		rules[f.Rule] = f.Text
	}
	if text := rules["statement"]; !strings.Contains(text, "customer") || !strings.Contains(text, "GET /slow") || strings.Contains(text, "= 7") {
		t.Errorf("the dear statement: got %q among %v", text, rules)
	}
	if text := rules["tail"]; !strings.Contains(text, "GET /slow") {
		t.Logf("on a machine this busy the slow route is not the tail: %v", rules)
	}
}

func TestBenchFindsTheKnee(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	code, out, errs := b.run(url, "--find-knee", "--rate", "50", "--max-rate", "100", "--knee-step", "300ms", "--threshold", "p50 < 5s", "-o", "json")
	var doc wire.BenchKnee
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if doc.Rate == nil || *doc.Rate != 100 || !strings.Contains(doc.Reason, "--max-rate") {
		t.Logf("a machine as busy as this one sustains less: %+v", doc)
	}
	if len(doc.Steps) < 2 || doc.Steps[0].Rate != 50 {
		t.Errorf("got steps %+v", doc.Steps)
	}
	code, out, errs = b.run(url+"/broken", "--find-knee", "--rate", "20", "--max-rate", "20", "--knee-step", "200ms")
	if code != exitOK || !strings.Contains(out, "100 % of the requests failed") {
		t.Errorf("a target that always fails: exit %d: %s%s", code, out, errs)
	}
}

func TestAScenarioIsWrittenFromRealTraffic(t *testing.T) {
	b, url := newBenchWorld(t), benchTarget(t)
	now := time.Now().UTC()
	var log strings.Builder
	insert := []string{"CREATE TABLE request_logs (id INTEGER PRIMARY KEY, timestamp TEXT, method TEXT, path TEXT, status_code INTEGER, response_time_ms REAL)"}
	for i := range 200 {
		at := now.Add(time.Duration(i-200) * time.Second)
		path := fmt.Sprintf("/orders/%d", 1000+i)
		if i%4 == 0 {
			path = "/status"
		}
		fmt.Fprintf(&log, "10.0.0.%d - - [%s] \"GET %s HTTP/1.1\" 200 5\n", i%3, at.Format("02/Jan/2006:15:04:05 -0700"), path)
		insert = append(insert, fmt.Sprintf("INSERT INTO request_logs (timestamp, method, path, status_code, response_time_ms) VALUES ('%s', 'GET', '%s', 200, 1)", at.Format("2006-01-02 15:04:05"), path))
	}
	database := filepath.Join(b.home, "app.db")
	if err := runSQL(database, insert); err != nil {
		t.Fatal(err)
	}
	for from, rate := range map[string]string{b.file("access.log", log.String()): "rate: 1.0", database: "rate: "} {
		made := filepath.Join(b.home, "made.yaml")
		code, _, errs := b.run("init", "--from", from, "--base", url, "-w", made)
		text, err := os.ReadFile(made)
		if code != exitOK || err != nil {
			t.Fatalf("%s: exit %d, %v: %s", from, code, err, errs)
		}
		for _, want := range []string{rate, `"GET /orders/{`, "/orders/{{v1}}", "weight: 150", "weight: 50", "11"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %s in\n%s", from, want, text)
			}
		}
		if code, out, errs := b.run(made, "-d", "200ms", "--rate", "50"); code != exitOK {
			t.Errorf("%s: the scenario does not run: exit %d: %s%s", from, code, out, errs)
		}
	}
	for _, bad := range [][]string{{"init"}, {"init", "--from", b.file("x.txt", "hello\n")}, {"init", "--from", database, "--base", "nowhere"}} {
		if code, _, errs := b.run(bad...); code != exitUsage {
			t.Errorf("%v: exit %d: %s", bad, code, errs)
		}
	}
}
