package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// testPast is a history with costs as some machine has them.
func testPast(seed int64, small sizes) past {
	end := time.Date(2026, 3, 4, 15, 16, 17, 0, time.UTC)
	c := calibration{commit: time.Millisecond}
	for r := range routes {
		c.before[r] = 300 * time.Microsecond
	}
	c.before[routeSearch], c.before[routeCountries] = 8*time.Millisecond, 25*time.Millisecond
	c.now = c.before
	c.now[routeOrder] = 18 * time.Millisecond
	return past{seed: seed, end: end, cliff: cliffBefore(end), costs: c, sizes: small}
}

func TestTheHistoryIsADayOfRequestsInTheirOrder(t *testing.T) {
	p := testPast(1, sizesOf(SQLite))
	var rows []logged
	p.each(func(r logged) { rows = append(rows, r) })
	if len(rows) != HistoryRows {
		t.Fatalf("%d rows, want %d", len(rows), HistoryRows)
	}
	if !slices.IsSortedFunc(rows, func(a, b logged) int { return a.at.Compare(b.at) }) {
		t.Error("the rows are not in the order of their times")
	}
	first, last := rows[0].at, rows[len(rows)-1].at
	if span := last.Sub(first); span > HistorySpan || span < HistorySpan-5*time.Minute || last.After(p.end) {
		t.Errorf("history from %v to %v, want the %v before %v", first, last, HistorySpan, p.end)
	}
}

func TestP95OfTheStarRouteHasACliffAtTheMarkedMinute(t *testing.T) {
	p := testPast(1, sizesOf(SQLite))
	byMinute := map[time.Time][]float64{}
	p.each(func(r logged) {
		if r.call.route == routeOrder {
			m := r.at.Truncate(time.Minute)
			byMinute[m] = append(byMinute[m], r.took.Seconds())
		}
	})
	var worstBefore, bestAfter float64 = 0, 1e9
	for m, seconds := range byMinute {
		age := p.cliff.Sub(m)
		switch p95 := sumUp("", seconds, 0).P95; {
		case len(seconds) < 200 || age > time.Hour: // too few to say
		case age > 0:
			worstBefore = max(worstBefore, p95)
		default:
			bestAfter = min(bestAfter, p95)
		}
	}
	if worstBefore == 0 || bestAfter < 5*worstBefore {
		t.Errorf("P95 of a minute at most %v before the cliff and at least %v after it, want a step of 5 or more", worstBefore, bestAfter)
	}
}

func TestTheHistoryEndsAtTheRateOfTheLoadThatFollows(t *testing.T) {
	p := testPast(1, sizesOf(SQLite))
	calls := 0.0
	for _, n := range callsPerView() {
		calls += n
	}
	live := p.costs.views() * calls * 60
	rows := perMinute(HistoryRows, live)
	for _, n := range rows[minutes-steadyMinutes:] {
		if float64(n) < live-1 || float64(n) > live+1 {
			t.Errorf("%d requests in one of the last minutes, want the %.0f of the live load", n, live)
		}
	}
	if rows[0] == 0 || slices.Min(rows) < 1 {
		t.Errorf("a minute with %d requests, want none empty", slices.Min(rows))
	}
}

func TestTheMixThatIsDrawnIsTheMixThatIsReckonedWith(t *testing.T) {
	v := newVisitors(7, sizesOf(SQLite))
	var got [routes]float64
	const views = 100_000
	for range views {
		for _, c := range v.view(nil) {
			got[c.route] += 1.0 / views
		}
	}
	for r, want := range callsPerView() {
		if got[r] < want*0.95 || got[r] > want*1.05 {
			t.Errorf("%s: %.4f calls a view, want %.4f", routeID(r).name(), got[r], want)
		}
	}
}

func TestEqualSeedsMakeEqualFiles(t *testing.T) {
	small := sizesOf(SQLite).over(40)
	one, same, other := digest(t, testPast(1, small)), digest(t, testPast(1, small)), digest(t, testPast(2, small))
	if one != same {
		t.Error("the same seed made two different files")
	}
	if one == other {
		t.Error("two seeds made the same file")
	}
}

// digest builds a file and sums up all of its rows.
func digest(t *testing.T, p past) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.db")
	if err := build(context.Background(), path, p); err != nil {
		t.Fatal(err)
	}
	db := openOne(fileDSN(path, "?mode=ro"), nil)
	defer db.Close()
	if got := column(t, db, "SELECT count(*) FROM request_logs"); got != fmt.Sprint(HistoryRows) {
		t.Errorf("%s rows of history in the file, want %d", got, HistoryRows)
	}
	hash := sha256.New()
	for _, table := range []string{"customers", "products", "orders", "order_items", "reviews", "schema_migrations", RequestTable, "sqlite_sequence"} {
		rows, err := db.Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		names, _ := rows.Columns()
		n := 0
		for ; rows.Next(); n++ {
			row, err := scanRow(rows, names)
			if err != nil {
				t.Fatal(err)
			}
			if table != RequestTable || n%100 == 0 { // one in a hundred is enough, and a hundred times faster
				fmt.Fprintln(hash, table, row)
			}
		}
		if rows.Close(); n == 0 {
			t.Errorf("%s is empty", table)
		}
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}
