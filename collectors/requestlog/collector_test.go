package requestlog

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

func TestEveryRowCountsOnce(t *testing.T) {
	s := newScene(t, 25_000, Options{})
	for range 5 {
		for range 7 {
			s.add(s.now)
		}
		s.tick()
	}
	s.count("GET /users/{id}", 25_035)
	if src := s.last.Source; src.Total != 25_035 || s.last.Backfilled != 1 || src.Latency != "handler time (before the log write)" {
		t.Errorf("got %+v, backfilled %v", src, s.last.Backfilled)
	}
	if n := len(s.last.Last); n != 100 || s.last.Last[0].ID != 25_035 || s.last.Last[99].ID != 24_936 {
		t.Errorf("last requests: %d, from %d", n, s.last.Last[0].ID)
	}
}

func TestBucketsAreAsWideAsTheyAreOld(t *testing.T) {
	s := newScene(t, 8000, Options{})
	s.tick()
	for _, b := range s.last.Buckets {
		want := time.Minute
		switch age := s.now.Sub(b.Start.Add(b.Width)); {
		case age < 9*time.Minute:
			want = time.Second
		case age > 11*time.Minute && age < 58*time.Minute:
			want = 10 * time.Second
		case age < 62*time.Minute:
			continue
		}
		if b.Width != want || b.Start.Unix()%int64(want.Seconds()) != 0 {
			t.Fatalf("bucket at %v, %v old, is %v wide, want %v", b.Start, s.now.Sub(b.Start), b.Width, want)
		}
	}
}

func TestOnlyTheWantedPastIsRead(t *testing.T) {
	s := newScene(t, 50_000, Options{Past: time.Hour})
	s.tick()
	s.count("GET /users/{id}", 3599)
	if s.last.Backfilled != 1 || s.last.Source.Total != 0 {
		t.Errorf("backfilled %v, total %d; want 1, and 0 for unknown", s.last.Backfilled, s.last.Source.Total)
	}
	all := newScene(t, 200_000, Options{All: true})
	all.tick()
	all.count("GET /users/{id}", 200_000)
}

func TestThePastComesInSectionsOfBoundedSize(t *testing.T) {
	s := newScene(t, 60_000, Options{Past: 24 * time.Hour})
	for i := range s.table.rows {
		s.table.rows[i].Time = s.now.Add(time.Duration(i-60_000) * 10 * time.Millisecond)
		s.table.rows[i].Path = fmt.Sprintf("/r%c%c", 'a'+i%10, 'a'+i/10%10)
	}
	ticks := 0
	for s.last == nil || s.last.Backfilled < 1 {
		s.tick()
		groups := 0
		for _, b := range s.last.Buckets {
			groups += len(b.Routes)
		}
		if groups > pastGroups+chunkRows {
			t.Errorf("tick %d: a section of %d routes in buckets, want at most %d and a chunk", ticks, groups, pastGroups)
		}
		ticks++
	}
	total := uint64(0)
	for _, g := range s.sum {
		total += g.Count
	}
	if total != 60_000 || ticks < 3 {
		t.Errorf("got %d rows in %d ticks, want all in some", total, ticks)
	}
}

func TestRowsThatAreHardToRead(t *testing.T) {
	s := newScene(t, 10, Options{})
	s.tick()
	s.add(s.now, func(r *db.RequestRow) { r.Status = 0 })
	s.add(s.now, func(r *db.RequestRow) { r.HasDuration = false })
	s.add(s.now, func(r *db.RequestRow) { r.Time = time.Time{} })
	s.add(s.now.AddDate(5, 0, 0))
	s.add(time.Unix(-1e11, 0))
	s.add(s.now, func(r *db.RequestRow) { r.Status = 503 })
	s.add(s.now, func(r *db.RequestRow) { r.Status = 404 })
	s.add(s.now.Add(-30 * time.Minute)) // late
	s.tick()
	s.count("GET /users/{id}", 18)
	g := s.sum["GET /users/{id}"]
	if g.StatusCount != 17 || g.Latency.Count() != 17 || g.ClientErrors != 1 || g.ServerErrors != 1 {
		t.Errorf("got %d with status, %d with latency, %d 4xx, %d 5xx; want 17, 17, 1, 1", g.StatusCount, g.Latency.Count(), g.ClientErrors, g.ServerErrors)
	}
	for key, want := range map[string]string{"status": "1 rows", "latency": "1 rows", "time": "1 rows", "odd time": "2 rows", "resolution": "process_time_ms"} {
		if !strings.HasPrefix(s.last.Missing[key], want) {
			t.Errorf("missing[%s] is %q, want %q…", key, s.last.Missing[key], want)
		}
	}
	for _, b := range s.last.Buckets {
		if b.Start.After(s.now) {
			t.Errorf("a bucket lies in the future: %v", b.Start)
		}
	}
}

func TestAClockInAnotherZone(t *testing.T) {
	s := newScene(t, 0, Options{})
	for i := range 100 {
		s.add(s.now.Add(2*time.Hour - time.Duration(100-i)*time.Second))
	}
	s.tick()
	s.count("GET /users/{id}", 100)
	if end := s.last.Buckets[len(s.last.Buckets)-1].Start; end.After(s.now) || s.now.Sub(end) > time.Minute {
		t.Errorf("newest bucket is at %v, now is %v", end, s.now)
	}
	if !strings.HasPrefix(s.last.Missing["clock"], "times are 2h0m0s ahead") {
		t.Errorf("missing[clock] is %q", s.last.Missing["clock"])
	}
}
