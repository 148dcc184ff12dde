package db

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestWhatLooksAddUpTo(t *testing.T) {
	const list = "SELECT a FROM t WHERE id IN (1, 2)"
	long := "SELECT a, b, c FROM a_table WHERE first_column = 'some words' AND second_column = 17 AND third_column = 4"
	other := strings.Replace(strings.Replace(long, "some words", "w", 1), "17", "170000", 1)
	for _, row := range []struct {
		name  string
		looks []Look // half a second apart; the first stands for no time
		want  map[string]float64
	}{
		{"one that runs all the time", []Look{{}, {Running: []string{"SELECT 1"}}, {Running: []string{"SELECT 1"}}}, map[string]float64{"SELECT ?": 1}},
		{"one that runs half of it", []Look{{}, {Running: []string{"SELECT 1"}}, {}}, map[string]float64{"SELECT ?": .5}},
		{"what ran at the first look", []Look{{Running: []string{"SELECT 1"}}}, map[string]float64{"SELECT ?": 0}},
		{"two sessions", []Look{{}, {Running: []string{"SELECT 1", "SELECT 2"}}}, map[string]float64{"SELECT ?": 1}},
		{"other literals, other lists", []Look{{}, {Running: []string{list}}, {Running: []string{"select a from t where id in (7,8,9)"}}}, map[string]float64{"SELECT a FROM t WHERE id IN (?)": 1}},
		{"texts that are cut short at two places", []Look{{}, {Running: []string{long[:80]}, CutFrom: 80}, {Running: []string{other[:80]}, CutFrom: 80}},
			map[string]float64{"SELECT a, b, c FROM a_table WHERE first_column = ? AND …": 1}},
		{"one that is cut short and one that fits", []Look{{}, {Running: []string{other[:80]}, CutFrom: 80}, {Running: []string{"SELECT a, b, c FROM a_table WHERE first_column = 'x' AND second_column = 4"}, CutFrom: 80}},
			map[string]float64{"SELECT a, b, c FROM a_table WHERE first_column = ? AND second_column = …": 1}},
		{"one that is not shown", []Look{{}, {Running: []string{"", "SELECT 1"}}}, map[string]float64{"SELECT ?": .5}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var s activitySums
			now := time.Now()
			for _, l := range row.looks {
				now = now.Add(500 * time.Millisecond)
				s.add(now, l)
			}
			got := map[string]float64{}
			for _, x := range s.list {
				got[x.total.Text] = x.total.Seconds
			}
			if len(got) != len(row.want) {
				t.Fatalf("got %v, want %v", got, row.want)
			}
			for text, seconds := range row.want {
				if v, ok := got[text]; !ok || math.Abs(v-seconds) > 1e-9 {
					t.Errorf("got %v, want %v", got, row.want)
				}
			}
		})
	}
}

func TestAPauseStandsForABoundedTime(t *testing.T) {
	var s activitySums
	now := time.Now()
	s.add(now, Look{})
	s.add(now.Add(time.Hour), Look{Running: []string{"SELECT 1"}})
	if got := s.list[0].total.Seconds; got != maxLook.Seconds() {
		t.Errorf("got %v s of an hour that nobody looked, want %v", got, maxLook.Seconds())
	}
}

func TestLooksTakeABoundedShareOfTheServersTime(t *testing.T) {
	for _, row := range []struct {
		name       string
		took, want time.Duration
	}{
		{"a quick one", 200 * time.Microsecond, 100 * time.Millisecond},
		{"a hundred sessions", 3 * time.Millisecond, 300 * time.Millisecond},
		{"thousands of sessions", 20 * time.Millisecond, 2 * time.Second},
		{"a server that hangs", time.Second, 5 * time.Second},
	} {
		if got := pauseAfter(row.took); got != row.want {
			t.Errorf("%s: got a pause of %v, want %v", row.name, got, row.want)
		}
	}
}

func TestManyStatementsFindNoRoom(t *testing.T) {
	var s activitySums
	var l Look
	for i := range maxSampled + 7 {
		l.Running = append(l.Running, "SELECT c"+strings.Repeat("x", i%50)+strings.Repeat("y", i/50)+" FROM t")
	}
	s.add(time.Now(), l)
	if len(s.list) != maxSampled || s.evicted != 7 {
		t.Errorf("got %d statements and %v without room, want %d and 7", len(s.list), s.evicted, maxSampled)
	}
}

// What cannot be seen for a while is an error for that while.
func TestLookingGoesOnBehindAnError(t *testing.T) {
	answers := make(chan error, 100)
	gone := errors.New("the server is gone")
	answers <- gone
	a := NewActivity("a list", func(context.Context) (Look, error) {
		select {
		case err := <-answers:
			return Look{}, err
		default:
			return Look{Running: []string{"SELECT 1"}, Took: time.Millisecond}, nil
		}
	})
	defer func() { <-a.End() }()
	if _, err := a.Totals(t.Context(), ""); !errors.Is(err, gone) {
		t.Fatalf("got %v, want %v", err, gone)
	}
	var got StatementTotals
	for end := time.Now().Add(10 * time.Second); len(got.List) == 0 && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		got, _ = a.Totals(t.Context(), "switch it on")
	}
	if len(got.List) != 1 || !got.Sampled || got.List[0].Calls != nil || !strings.Contains(got.Missing["calls"], "switch it on") || !strings.Contains(got.Missing["calls"], "times a second") {
		t.Errorf("got %+v", got)
	}
}
