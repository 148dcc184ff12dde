package collectors

import (
	"fmt"
	"math"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/stat"
)

func systemAt(at time.Duration, cpu float64) *System {
	return &System{At: after(at), Interval: time.Second, Host: "h7", MemTotal: 1000, MemUsed: uint64(10 * at / time.Minute), CPURatio: &cpu}
}

func TestTheTimeCursorShowsWhatWasThen(t *testing.T) {
	h := NewHistory(0)
	for s := range 3 * 3600 {
		at := time.Duration(s) * time.Second
		h.Put(Sample{Time: after(at), Sections: []Section{systemAt(at, float64(s%100)/100)}})
	}
	end := 3*time.Hour - time.Second
	for _, ago := range []time.Duration{0, 3 * time.Second, 30 * time.Second, 5 * time.Minute} {
		at := end - ago
		want := float64(int(at.Seconds())%100) / 100
		if got := number64(h.At(after(at)).System.CPURatio); math.Abs(got-want) > 1e-6 {
			t.Errorf("%s ago: got CPU %g, want %g", ago, got, want)
		}
	}
	old := h.At(after(20 * time.Minute)).System // only means are left of then
	if old == nil || math.Abs(number64(old.CPURatio)-0.5) > 0.25 || old.Host != "h7" || old.MemUsed < 190 || old.MemUsed > 210 {
		t.Errorf("two and a half hours ago: got %+v, want the mean of that minute", old)
	}
	if got := h.At(after(-time.Minute)).System; got != nil {
		t.Errorf("before the first sample: got %+v, want nothing", got)
	}
}

func TestWholeSectionsAreThinnedWithTime(t *testing.T) {
	h := NewHistory(0)
	for s := range 2 * 3600 {
		h.Put(Sample{Time: after(time.Duration(s) * time.Second), Sections: []Section{systemAt(time.Duration(s)*time.Second, 0.5)}})
	}
	if n := len(h.systems.items); n < 400 || n > 430 {
		t.Errorf("got %d whole sections after two hours, want 60 of the last minute and 354 of the hour", n)
	}
}

func TestTheErrorsOfThenAreThoseShown(t *testing.T) {
	h := NewHistory(0)
	for s, text := range []string{"", "refused", "refused", ""} {
		e := map[string]string{}
		if text != "" {
			e["requests"] = text
		}
		h.Put(Sample{Time: after(time.Duration(s) * time.Second), Errors: e})
	}
	for s, want := range []string{"", "refused", "refused", ""} {
		if got := h.At(after(time.Duration(s) * time.Second)).Errors["requests"]; got != want {
			t.Errorf("second %d: got %q, want %q", s, got, want)
		}
	}
}

func TestTheLastRequestsAsTheyStood(t *testing.T) {
	h, id := NewHistory(0), int64(0)
	var last []Request
	for s := range 300 {
		for range 2 {
			id++
			last = append([]Request{{ID: id, Time: after(time.Duration(s) * time.Second), Path: fmt.Sprintf("/%d", id)}}, last...)
		}
		last = last[:min(len(last), 100)]
		at := after(time.Duration(s)*time.Second + 300*time.Millisecond)
		h.Put(Sample{Time: at, Sections: []Section{&Requests{At: at, Source: table, Last: last, State: "ok"}}})
	}
	for _, s := range []int{299, 200, 100} {
		got := h.At(after(time.Duration(s)*time.Second + 500*time.Millisecond)).Requests[0].Last
		if want := int64(2 * (s + 1)); len(got) != 100 || got[0].ID != want || got[99].ID != want-99 {
			t.Errorf("second %d: got %d requests from %d on, want 100 from %d on", s, len(got), got[0].ID, want)
		}
	}
}

func TestAnEventIsShownFromItsMomentOn(t *testing.T) {
	h := NewHistory(0)
	for n := range 1200 {
		h.Put(Sample{Time: noon, Sections: []Section{&Events{At: noon, List: []Event{{At: after(-time.Duration(n) * time.Second), Text: fmt.Sprint(n)}}}}})
	}
	if got := h.Events(noon, 0); len(got) != eventsKept || got[len(got)-1].Text != "0" {
		t.Errorf("got %d events, the last %q; want the newest 1000, oldest first", len(got), got[len(got)-1].Text)
	}
	if got := h.Events(after(-10*time.Second), 5*time.Second); len(got) != 5 || got[0].Text != "14" || got[4].Text != "10" {
		t.Errorf("got %v, want those of the five seconds up to then", got)
	}
}

var queryLog = StatementSource{Kind: "query log", Name: "q.log", Live: true}

func statementsAt(at time.Time, rows ...StatementGroup) Sample {
	return Sample{Time: at, Sections: []Section{&Statements{At: at, Interval: time.Second, Source: queryLog, Rows: rows}}}
}

func calls(fp string, n int, seconds float64) StatementGroup {
	g := StatementGroup{Fingerprint: fp, Text: "SELECT " + fp, Calls: uint64(n), Latency: &stat.Sketch{}}
	g.Latency.AddN(seconds, uint32(n))
	return g
}

func TestStatementsOfATickThatWaversAreASteadyRate(t *testing.T) {
	h := NewHistory(0)
	for s := range 120 {
		waver := time.Duration(s%7-3) * 40 * time.Millisecond
		h.Put(statementsAt(after(time.Duration(s)*time.Second+waver), calls("a", 5, 0.01)))
	}
	rates := h.Series(Metric{Name: MetricStatementRate, Fingerprint: "a"}, after(118*time.Second), time.Minute, 60)
	for i, v := range rates {
		if math.Abs(v-5) > 1e-9 {
			t.Errorf("second %d: got %g calls/s, want 5", i, v)
		}
	}
}

func TestStatementsShareTheirTimeAndWeightsHaveNone(t *testing.T) {
	h := NewHistory(0)
	for s := range 60 {
		h.Put(statementsAt(after(time.Duration(s)*time.Second), calls("a", 3, 0.1), calls("b", 1, 0.1)))
	}
	h.Put(Sample{Time: after(time.Minute), Sections: []Section{&Statements{At: after(time.Minute), Source: StatementSource{Kind: "queries file"},
		Rows: []StatementGroup{{Fingerprint: "c", Weight: 60}}}}})
	ws := h.Window(after(time.Minute), time.Minute).Statements
	if len(ws) != 3 || ws[0].Fingerprint != "a" || math.Abs(ws[0].Share-0.75) > 1e-6 || math.Abs(ws[1].Share-0.25) > 1e-6 {
		t.Fatalf("got %+v, want a with 0.75 and b with 0.25 of the time", ws)
	}
	if c := ws[2]; c.Fingerprint != "c" || c.Weight != 60 || !math.IsNaN(c.Share) {
		t.Errorf("got %+v, want the weight and no share", c)
	}
}

func TestQueriesPerSecondComeFromLiveStatementsWhereTheDatabaseCountsNone(t *testing.T) {
	h := NewHistory(0)
	for s := range 60 {
		h.Put(statementsAt(after(time.Duration(s)*time.Second), calls("a", 3, 0.1), calls("b", 1, 0.5)))
	}
	at := Metric{Name: MetricQueryRate}
	if got := h.Series(at, after(50*time.Second), 10*time.Second, 1)[0]; math.Abs(got-4) > 1e-9 {
		t.Errorf("got %g queries/s, want 4", got)
	}
	if got := h.Series(Metric{Name: MetricMeanQuery}, after(50*time.Second), 10*time.Second, 1)[0]; math.Abs(got-0.2) > 1e-9 {
		t.Errorf("got a mean of %g s, want 0.2", got)
	}
}

func TestASeriesOfAGauge(t *testing.T) {
	h := NewHistory(0)
	for s := range 7200 {
		if s >= 3600 && s < 3900 { // the machine slept
			continue
		}
		wal := int64(s)
		h.Put(Sample{Time: after(time.Duration(s) * time.Second), Sections: []Section{
			&Database{At: after(time.Duration(s) * time.Second), Interval: time.Second, Stats: db.Stats{WALBytes: &wal}}}})
	}
	got := h.Series(Metric{Name: MetricWALBytes}, after(7200*time.Second), 2*time.Hour, 24)
	for i, v := range got {
		from := i * 300
		if from == 3600 && math.IsNaN(v) {
			continue
		}
		if want := float64(from) + 149.5; math.Abs(v-want) > 31 {
			t.Errorf("point %d: got %g, want about %g, and a gap only where the machine slept", i, v, want)
		}
	}
	if got := h.Peak(Metric{Name: MetricWALBytes}, after(7200*time.Second), time.Minute); got != 7199 {
		t.Errorf("got a peak of %g, want 7199", got)
	}
}

func TestASuspendedLaptopIsAGapNotALongMean(t *testing.T) {
	h, one := NewHistory(0), 1.0
	h.Put(Sample{Time: noon, Sections: []Section{&System{At: noon, Interval: time.Second, CPURatio: &one}}})
	h.Put(Sample{Time: after(time.Hour), Sections: []Section{&System{At: after(time.Hour), Interval: time.Hour, CPURatio: &one}}})
	got := h.Series(Metric{Name: MetricCPU}, after(time.Hour), 30*time.Minute, 30)
	if !math.IsNaN(got[10]) || math.IsNaN(got[29]) {
		t.Errorf("got %v, want a gap in the middle and a value at the end", got)
	}
}

func TestTheTableMakesTheHeadlineWheneverItComes(t *testing.T) {
	h := NewHistory(0)
	for _, kind := range []string{"gateway", "wire", "table", "log"} {
		h.Put(Sample{Time: noon, Sections: []Section{&Requests{At: noon, Source: RequestSource{Kind: kind}}}})
	}
	if got := h.Window(noon, time.Minute).Requests[0].Source.Kind; got != "table" {
		t.Errorf("got the %s first, want the table", got)
	}
}

func TestHugeTextsDoNotFillTheHistory(t *testing.T) {
	h, big := NewHistory(1<<20), string(make([]byte, 1<<20))
	for n := range 50 {
		at := after(time.Duration(n) * time.Second)
		h.Put(Sample{Time: at, Sections: []Section{&Requests{At: at, Source: table, Last: []Request{{ID: int64(n + 1), Time: at, Path: big}},
			Buckets: []RequestBucket{bucket(at.Truncate(time.Second), time.Second, Route{"GET", big[:n*1000]}, 0.1)}}}})
	}
	if got := h.Bytes(); got > 1<<20 {
		t.Errorf("got %d bytes, the budget is a megabyte", got)
	}
}

// A snapshot looks twice; calls of the time between are divided by that time,
// wherever in a second the looks fall.
func TestTheRateOfTwoLooksIsOfTheTimeBetweenThem(t *testing.T) {
	for _, tt := range []struct {
		name  string
		at    time.Duration
		every time.Duration
		looks int
	}{
		{"a second and a tenth apart", 300 * time.Millisecond, 1100 * time.Millisecond, 2},
		{"late in a second", 900 * time.Millisecond, 1020 * time.Millisecond, 2},
		{"three looks", 700 * time.Millisecond, 1050 * time.Millisecond, 4},
		{"six seconds apart", 100 * time.Millisecond, 6020 * time.Millisecond, 2},
		{"half a second apart", 500 * time.Millisecond, 500 * time.Millisecond, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, last := NewHistory(0), tt.at
			for i := range tt.looks {
				s := statementsAt(after(last))
				if sec := s.Sections[0].(*Statements); i == 0 {
					sec.Interval = time.Millisecond
				} else {
					last += tt.every
					sec.At, s.Time, sec.Interval = after(last), after(last), tt.every
					sec.Rows = []StatementGroup{calls("a", int(tt.every/(10*time.Millisecond)), 0.001)}
				}
				s.Sections = append(s.Sections, &Database{At: s.Time})
				h.Put(s)
			}
			now := h.Latest()
			if got := now.Database.QueriesPerSecond; got == nil || math.Abs(*got-100) > 1 {
				t.Errorf("queries: got %g/s, want 100", number64(got))
			}
			ws := h.Window(now.Time, time.Minute).Statements
			if len(ws) != 1 || math.Abs(float64(ws[0].Calls)/ws[0].Seconds-100) > 1 {
				t.Errorf("calls: got %+v, want one statement with 100/s", ws)
			}
		})
	}
}

func TestALogThatBeginsWithinASecondHasItsRateFromThere(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first time.Duration // of the log's rows, fifty a second
		fine  time.Duration
		until time.Duration
		want  float64
	}{
		{"at nine tenths", 900 * time.Millisecond, time.Millisecond, 9 * time.Second, 50},
		{"at the start of one", 0, time.Millisecond, 9 * time.Second, 50},
		{"a row just before the only second ends makes no rate of a moment", 980 * time.Millisecond, time.Millisecond, time.Second, 2},
		{"whole seconds, begun near the end of one: half a second off", 900 * time.Millisecond, time.Second, 9 * time.Second, 405 / 8.5},
		{"whole seconds, begun at the start of one: as far off the other way", 0, time.Second, 9 * time.Second, 450 / 8.5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, sec := NewHistory(0), &Requests{At: after(tt.until + settleTime), Source: table}
			sec.Source.First, sec.Source.Resolution = after(tt.first).Truncate(tt.fine), tt.fine
			for at := tt.first; at < tt.until; at += 20 * time.Millisecond {
				sec.Buckets = append(sec.Buckets, bucket(after(at).Truncate(time.Second), time.Second, Route{"GET", "/"}, 0.1))
			}
			h.Put(Sample{Time: sec.At, Sections: []Section{sec}})
			w := h.Window(sec.At, time.Minute).Requests[0]
			if got := float64(w.Total.Count) / w.Seconds; math.Abs(got-tt.want) > 0.5 {
				t.Errorf("got %g/s of %d requests in %g s, want %g", got, w.Total.Count, w.Seconds, tt.want)
			}
		})
	}
}

func TestTheFirstLookAtStatementsMeasuresNothingYet(t *testing.T) {
	for _, tt := range []struct {
		name string
		rows []StatementGroup
	}{
		{"no call", nil},
		{"a call in the few milliseconds since the log was opened", []StatementGroup{calls("a", 3, 0.001)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, s := NewHistory(0), statementsAt(after(300*time.Millisecond), tt.rows...)
			s.Sections[0].(*Statements).Interval = 5 * time.Millisecond
			missing := map[string]string{"queries_per_second": "no two looks yet"}
			s.Sections = append(s.Sections, &Database{At: s.Time, Missing: missing})
			h.Put(s)
			if d := h.Latest().Database; d.QueriesPerSecond != nil || d.MeanQuerySeconds != nil || d.Missing["queries_per_second"] == "" {
				t.Errorf("got %g queries/s and a mean of %g s because %q, want neither, and the reason",
					number64(d.QueriesPerSecond), number64(d.MeanQuerySeconds), d.Missing)
			}
			for i, v := range h.Series(Metric{Name: MetricQueryRate}, h.Latest().Time, 10*time.Second, 10) {
				if !math.IsNaN(v) {
					t.Errorf("point %d of the chart: got %g, want a gap", i, v)
				}
			}
		})
	}
}
