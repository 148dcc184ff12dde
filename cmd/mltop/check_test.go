package main

import (
	"encoding/xml"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLimitsOfACheckAreRead(t *testing.T) {
	for _, c := range []struct{ text, want, level, wrong string }{
		{text: "p95+20%", want: "p95 +20%"},
		{text: "p95+20%,errors+1%, throughput-10%,warn", want: "p95 +20% errors +1% throughput -10%", level: "warn"},
		{text: "route-p95+50%", want: "route-p95 +50%"},
		{text: "crit", level: "crit"},
		{text: ""},
		{text: "p95+20", wrong: `"p95+20" is neither`},
		{text: "p96+20%", wrong: `"p96+20%" is neither`},
		{text: "p95", wrong: "is neither"},
		{text: "+20%", wrong: "is neither"},
		{text: "p95+-20%", wrong: "is neither"},
		{text: "p95+x%", wrong: "is neither"},
		{text: "p95+20%,p95+30%", wrong: "p95 is limited twice"},
	} {
		limits, level, err := parseLimits(c.text)
		var got []string
		for _, l := range limits {
			got = append(got, l.metric+" "+strings.TrimPrefix(l.text, l.metric))
		}
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) || codeOf(err) != exitUsage {
				t.Errorf("%q: got %v, want a usage error with %q", c.text, err, c.wrong)
			}
			continue
		}
		if err != nil || strings.Join(got, " ") != c.want || level != c.level {
			t.Errorf("%q: got %q and level %q, %v; want %q and %q", c.text, strings.Join(got, " "), level, err, c.want, c.level)
		}
	}
}

// requestsOf is a snapshot with so many requests of these figures.
func requestsOf(total uint64, p95, errors float64) snapshotDoc {
	get := "GET"
	perSecond := float64(total) / 60
	return snapshotDoc{
		SchemaVersion: schemaVersion, Target: targetDoc{Name: "shop", Engine: "sqlite", Path: "/shop.db"}, Time: time.Unix(0, 0),
		Requests: &requestsDoc{Total: total, P95: &p95, ErrorRatio: &errors, PerSecond: &perSecond, Routes: []routeDoc{{Method: &get, Route: "/cart", Count: total, P95: &p95}}},
	}
}

func TestASnapshotIsHeldAgainstAnEarlierOne(t *testing.T) {
	for _, c := range []struct {
		name, limits string
		before, now  snapshotDoc
		want         string // metric: outcome
	}{
		{"a little slower is kept", "p95+20%", requestsOf(1000, 0.100, 0), requestsOf(1000, 0.119, 0), "p95: kept"},
		{"a quarter slower is not", "p95+20%", requestsOf(1000, 0.100, 0), requestsOf(1000, 0.125, 0), "p95: broken"},
		{"faster is kept", "p95+20%", requestsOf(1000, 0.100, 0), requestsOf(1000, 0.010, 0), "p95: kept"},
		{"fewer than a fall allows", "throughput-10%", requestsOf(1000, 1, 0), requestsOf(800, 1, 0), "throughput: broken"},
		{"no request at all has fallen by all", "throughput-10%", requestsOf(1000, 1, 0), requestsOf(0, 1, 0), "throughput: broken"},
		{"errors are compared in points", "errors+1%", requestsOf(1000, 1, 0.02), requestsOf(1000, 1, 0.029), "errors: kept"},
		{"errors where there were none", "errors+1%", requestsOf(1000, 1, 0), requestsOf(1000, 1, 0.02), "errors: broken"},
		{"a few calls are not judged", "p95+20%", requestsOf(1000, 0.1, 0), requestsOf(40, 9, 0), "p95: not judged"},
		{"nothing was seen", "p95+20%", requestsOf(1000, 0.1, 0), snapshotDoc{}, "p95: not judged"},
		{"one route got slower", "route-p95+20%", requestsOf(1000, 0.1, 0), requestsOf(1000, 0.2, 0), "route-p95: broken"},
		{"a limit on statements that nobody saw", "query-mean+20%", requestsOf(1000, 0.1, 0), requestsOf(1000, 0.1, 0), "query-mean: not judged"},
		{"a size that is not known", "size+5%", requestsOf(1000, 0.1, 0), requestsOf(1000, 0.1, 0), "size: not judged"},
		{"the value was 0", "p95+20%", requestsOf(1000, 0, 0), requestsOf(1000, 0.2, 0), "p95: broken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			limits, _, err := parseLimits(c.limits)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range compareSnapshots(c.before, c.now, limits) {
				if x.Limit != nil {
					got = append(got, x.Metric+": "+x.Outcome)
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %q, want %q", strings.Join(got, ", "), c.want)
			}
		})
	}
}

func TestABaselineIsFoundByTarget(t *testing.T) {
	a := snapshotDoc{Target: targetDoc{Name: "a", Engine: "sqlite", Path: "/old/a.db"}}
	b := snapshotDoc{Target: targetDoc{Name: "b", Engine: "sqlite", Path: "/b.db"}}
	for _, c := range []struct {
		name string
		list []snapshotDoc
		of   targetDoc
		lone bool
		want string
	}{
		{"by its path", []snapshotDoc{a, b}, targetDoc{Name: "x", Engine: "sqlite", Path: "/b.db"}, false, "/b.db"},
		{"by its name, where it lies elsewhere", []snapshotDoc{a, b}, targetDoc{Name: "a", Engine: "sqlite", Path: "/new/a.db"}, false, "/old/a.db"},
		{"the only one of the only target", []snapshotDoc{a}, targetDoc{Name: "c", Engine: "sqlite", Path: "/c.db"}, true, "/old/a.db"},
		{"not of another engine", []snapshotDoc{a}, targetDoc{Name: "c", Engine: "postgres", Path: "c"}, true, ""},
		{"not one of several", []snapshotDoc{a, b}, targetDoc{Name: "c", Engine: "sqlite", Path: "/c.db"}, true, ""},
	} {
		got, err := baselineOf(c.list, c.of, c.lone)
		if got.Target.Path != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: got %q, %v; want %q", c.name, got.Target.Path, err, c.want)
		}
	}
}

func TestWhatACheckWritesForCISystems(t *testing.T) {
	limits, _, _ := parseLimits("p95+20%,errors+1%")
	now := requestsOf(1000, 0.3, 0)
	now.Target.Name = "shop\n::error::forged, 100%"
	now.Findings = []findingDoc{{Level: "crit", Rule: "slow route", Text: "it is slow\r\n::warning::forged"}}
	d := checkDocs{FailOn: "p95+20%,errors+1%"}
	d.add(requestsOf(1000, 0.1, 0), now, limits)
	text := annotations(d)
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if !strings.HasPrefix(line, "::error title=shop") && !strings.HasPrefix(line, "::warning title=shop") && !strings.HasPrefix(line, "::notice title=shop") {
			t.Errorf("a line is a command of somebody else: %q", line)
		}
	}
	if !strings.Contains(text, "p95 100 ms → 300 ms (+200.0 %25), limit p95+20%25") {
		t.Errorf("got %q, want the broken limit in it", text)
	}
	data, err := junit(d)
	if err != nil {
		t.Fatal(err)
	}
	var back junitSuites
	if err := xml.Unmarshal(data, &back); err != nil {
		t.Fatalf("JUnit is no XML: %v\n%s", err, data)
	}
	if back.Tests != 2 || back.Failures != 1 || back.Suites[0].Cases[0].Failure == nil || back.Suites[0].Cases[1].Failure != nil {
		t.Errorf("got %+v, want two cases of which the first failed", back)
	}
}

func TestJUnitSaysWhatWasLimited(t *testing.T) {
	slow := requestsOf(1000, 0.1, 0)
	slow.Findings = []findingDoc{{Level: "warn", Rule: "slow route", Text: "it is slow"}}
	for _, c := range []struct {
		name, failOn string
		want         []string // each case: its name, and what came of it
	}{
		{"no limit is one case that was skipped", "", []string{"within limits: skipped, no limit was given with --fail-on: nothing was judged"}},
		{"a finding that is limited fails", "warn", []string{"no finding of level warn or above: failed, slow route: it is slow"}},
		{"one below the level does not", "crit", []string{"no finding of level crit or above: passed"}},
		{"beside a limit", "p95+20%,crit", []string{"p95 within p95+20%: passed", "no finding of level crit or above: passed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			limits, _, _ := parseLimits(c.failOn)
			d := checkDocs{FailOn: c.failOn}
			d.add(requestsOf(1000, 0.1, 0), slow, limits)
			data, err := junit(d)
			var back junitSuites
			if err := errors.Join(err, xml.Unmarshal(data, &back)); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, k := range back.Suites[0].Cases {
				what := "passed"
				switch {
				case k.Failure != nil:
					what = "failed, " + k.Failure.Message
				case k.Skipped != nil:
					what = "skipped, " + k.Skipped.Message
				}
				got = append(got, k.Name+": "+what)
			}
			if !slices.Equal(got, c.want) || back.Tests != len(c.want) {
				t.Errorf("got %q of %d, want %q", got, back.Tests, c.want)
			}
		})
	}
}

// Where nothing shows requests, what to do is said by the limit and by the error.
func TestALimitOnRequestsThatNobodySeesSaysWhatShowsThem(t *testing.T) {
	none := snapshotDoc{Target: targetDoc{Name: "shop"}, Errors: reasons{"requests": "no request table: name one with --request-table"}}
	limits, _, _ := parseLimits("p95+20%,throughput-10%,route-p95+20%")
	for _, c := range []struct {
		name        string
		before, now snapshotDoc
		want        string
	}{
		{"now", requestsOf(1000, 0.1, 0), none, "no requests are seen now: no request table: name one with --request-table"},
		{"then", none, requestsOf(1000, 0.1, 0), "the baseline has no requests: no request table: name one with --request-table; then take it anew"},
	} {
		d := checkDocs{FailOn: "LIMITS"}
		d.add(c.before, c.now, limits)
		judged := 0
		for _, x := range d.Targets[0].Compared {
			if x.Limit != nil {
				judged++
				if x.Reason != c.want {
					t.Errorf("%s: %s: got %q, want %q", c.name, x.Metric, x.Reason, c.want)
				}
			}
		}
		if err := d.verdict(""); judged != 3 || err == nil || codeOf(err) != exitFindings || !strings.Contains(err.Error(), "p95: "+c.want) {
			t.Errorf("%s: got %d limits and %v, want three, and the first's reason", c.name, judged, err)
		}
	}
}
