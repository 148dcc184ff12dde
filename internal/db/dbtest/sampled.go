package dbtest

import (
	"database/sql"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// FindTotal is the first statement whose text holds part; nil if none does.
func FindTotal(totals db.StatementTotals, part string) *db.StatementTotal {
	for i, s := range totals.List {
		if strings.Contains(s.Text, part) {
			return &totals.List[i]
		}
	}
	return nil
}

// SampleFor asks for totals, as a dashboard does, until the time is over.
func SampleFor(t testing.TB, e db.StatementReader, d time.Duration) (totals db.StatementTotals) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		totals = must(e.StatementTotals(t.Context()))(t)
	}
	return totals
}

// SampledRight compares what is sampled of one statement that runs half the
// time, half, and is shown with the text shown, and of one that runs all the
// time and has the text whole, with what they do.
func SampledRight(t testing.TB, e db.StatementReader, app *sql.DB, half, shown, whole string, d time.Duration) (db.StatementTotals, error) {
	t.Helper()
	ran := Busy(t, app, half)
	before := SampleFor(t, e, time.Second) // both run
	totals := SampleFor(t, e, d)
	truth := ran()
	seconds := totals.At.Sub(before.At).Seconds()
	concurrency := func(part string) float64 {
		a, b := FindTotal(before, part), FindTotal(totals, part)
		if b == nil {
			return math.NaN()
		}
		if b.Calls != nil {
			t.Fatalf("%s: got calls of what is sampled: %+v", part, b)
		}
		if a == nil { // not met yet
			a = &db.StatementTotal{}
		}
		return (b.Seconds - a.Seconds) / seconds
	}
	// 80 looks at a share of one half differ by 0.056 in the mean: three times that.
	if got := concurrency(shown); !(math.Abs(got-truth) <= 0.17) { // so that none at all is wrong too
		return totals, fmt.Errorf("got %.2f sessions in the mean, the client itself ran for %.2f of the time", got, truth)
	}
	if got := concurrency(whole); !(math.Abs(got-1) <= 0.1) {
		return totals, fmt.Errorf("one that runs all the time: got %.2f sessions in the mean", got)
	}
	return totals, nil
}
