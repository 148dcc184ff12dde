package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/demo"
)

// The sample deployment is an examination with a known answer: what is wrong
// with its database was put there (internal/demo/schema.go), and the advice
// must name it all and nothing else.
func TestAdviceOnTheSampleDeployment(t *testing.T) {
	got, texts := adviseOnDemo(t)
	t.Logf("notes %q, cut short %q", got.Notes, got.Partial)
	t.Run("the index that was dropped comes first and gains ten times and more", func(t *testing.T) {
		r := first(got, advisor.KindCreateIndex)
		if r == nil || r.Table != demo.StarTable || r.Columns[0] != "order_id" || !slices.Contains(r.Routes, demo.StarRoute) {
			t.Fatalf("the first index is %+v, want one on %s(order_id…) for %s", r, demo.StarTable, demo.StarRoute)
		}
		if e := r.Estimate; e == nil || e.Before < 10*e.After {
			t.Errorf("its estimate is %+v, want at least ten times", e)
		}
		if len(r.Plans) == 0 || r.Plans[0].Before.Plan == nil || r.Plans[0].After.Plan == nil {
			t.Errorf("it shows the plans %+v, want both", r.Plans)
		}
	})
	t.Run("the index that reviews never had is advised", func(t *testing.T) {
		wantOne(t, got, advisor.KindCreateIndex, "reviews(product_id")
	})
	t.Run("the index that a longer one begins with is to be dropped", func(t *testing.T) {
		wantOne(t, got, advisor.KindDropIndex, "idx_orders_customer,")
	})
	t.Run("the journal of a file that is written all the time is advised", func(t *testing.T) {
		wantOne(t, got, advisor.KindSetting, "journal_mode")
	})
	t.Run("indexes for what a request log is usually asked are offered as assumed", func(t *testing.T) {
		r := wantOne(t, got, advisor.KindCreateIndex, "request_logs(")
		if r != nil && (r.Confidence == "high" || !strings.Contains(strings.Join(r.Evidence, " "), "assumed")) {
			t.Errorf("it is offered with confidence %s and evidence %q, want assumed", r.Confidence, r.Evidence)
		}
	})
	t.Run("the log that only grows is named", func(t *testing.T) {
		wantOne(t, got, advisor.KindRetention, "request_logs")
	})
	t.Run("the search that no index mends is declined", func(t *testing.T) {
		wantDeclined(t, got, texts, "LIKE", "no index helps")
	})
	t.Run("the obvious index that would not help is declined", func(t *testing.T) {
		wantDeclined(t, got, texts, "archived", "gains too little")
		for _, r := range got.Recommendations {
			if r.Kind == advisor.KindCreateIndex && r.Table == "orders" {
				t.Errorf("advised %s", r.Title)
			}
		}
	})
	t.Run("nothing that is advised makes a statement slower that was seen", func(t *testing.T) {
		for _, r := range got.Recommendations {
			for _, w := range r.Warnings {
				// A statement that is only assumed may pay for another one of
				// its kind: the card says so.
				seen := slices.ContainsFunc(w.Queries, func(q string) bool { return texts[q] != "" })
				if seen && strings.Contains(w.Text, "gets slower") {
					t.Errorf("%s: %s", r.Title, w.Text)
				}
			}
		}
	})
}

// adviseOnDemo starts the sample deployment, watches it under its load, and
// answers the advice and the texts of the statements by fingerprint.
func adviseOnDemo(t *testing.T) (advisor.Advice, map[string]string) {
	t.Helper()
	ctx := context.Background()
	d, err := startDemo(ctx, demoFlags{seed: 1}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.stop() })
	// What is advised is examined, not how soon: a busy machine has the time it needs.
	o := &options{interval: time.Second, timeout: 10 * time.Second, duration: 5 * time.Minute}
	o.paths.State = t.TempDir()
	demoSettings(o, d.server.Ready)
	a, err := openApp(ctx, &world{out: io.Discard, err: io.Discard, getenv: os.Getenv}, o, d.server.Ready.Database, purpose{changes: true})
	if err != nil {
		t.Fatal(err)
	}
	b := newBackend(a)
	t.Cleanup(func() { _ = b.Close() })
	watched, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for watched.Err() == nil {
			_, _ = b.Next(watched)
		}
	}()
	// Every statement of the mix has to come by, the rare ones too.
	for _, path := range []string{"/search?q=sturdy", "/reports/countries", "/reports/countries"} {
		res, err := http.Get("http://" + d.server.Ready.Address + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	if err := sleep(ctx, 4*time.Second); err != nil {
		t.Fatal(err)
	}
	got, err := b.Advise(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, s := range b.work.statements().Statements {
		texts[s.Fingerprint] = s.Text
	}
	return got, texts
}

func first(a advisor.Advice, kind advisor.Kind) *advisor.Recommendation {
	for i, r := range a.Recommendations {
		if r.Kind == kind {
			return &a.Recommendations[i]
		}
	}
	return nil
}

func wantOne(t *testing.T, a advisor.Advice, kind advisor.Kind, title string) *advisor.Recommendation {
	t.Helper()
	var titles []string
	for i, r := range a.Recommendations {
		if r.Kind == kind && strings.Contains(r.Title, title) {
			return &a.Recommendations[i]
		}
		titles = append(titles, string(r.Kind)+" "+r.Title)
	}
	t.Errorf("got\n  %s\nwant a %s with %q", strings.Join(titles, "\n  "), kind, title)
	return nil
}

// wantDeclined finds the one statement whose text holds a word.
func wantDeclined(t *testing.T, a advisor.Advice, texts map[string]string, word, reason string) {
	t.Helper()
	var reasons []string
	for _, d := range a.Declined {
		for _, q := range d.Queries {
			if d.What == "an index" && strings.Contains(texts[q], word) && strings.Contains(texts[q], "SELECT") {
				reasons = append(reasons, d.Reason)
			}
		}
	}
	if len(reasons) != 1 || !strings.Contains(reasons[0], reason) {
		t.Errorf("the statement with %s was declined with %q, want once, with %q", word, reasons, reason)
	}
}
