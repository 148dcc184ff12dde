package dbtest

import (
	"errors"
	"testing"

	"mltop/internal/db"
)

func TestAFakeRemembersWhatItWasAskedToDo(t *testing.T) {
	f := &Fake{Rows: []db.RequestRow{{ID: 1}, {ID: 2}, {ID: 3}}}
	step := db.Step{Object: db.Object{Kind: db.ObjectIndex, Name: "i"}, Before: db.Absent, After: "made"}
	if _, err := f.Run(t.Context(), step, nil); err != nil {
		t.Fatal(err)
	}
	if s, err := f.State(t.Context(), step.Object); s != "made" || err != nil || len(f.Steps) != 1 {
		t.Errorf("got %q, %v, %d steps", s, err, len(f.Steps))
	}
	if _, err := f.Run(t.Context(), step, nil); err == nil {
		t.Error("a step ran twice on the state before it")
	}
	var ids []int64
	err := f.ReadRequests(t.Context(), db.RequestTable{}, 0, 2, 9, true, func(r *db.RequestRow) error { ids = append(ids, r.ID); return nil })
	if err != nil || len(ids) != 2 || ids[0] != 2 {
		t.Errorf("got %v, %v", ids, err)
	}
	f.Fail = func(method string) error { return errors.New(method) }
	if _, err := f.Stats(t.Context()); err == nil || err.Error() != "Stats" {
		t.Errorf("got %v", err)
	}
}

func TestFieldNames(t *testing.T) {
	for field, want := range map[string]string{"CacheHits": "cache_hits", "WALBytes": "wal_bytes", "SHMBytes": "shm_bytes", "DiskFreeBytes": "disk_free_bytes", "StatisticsAt": "statistics_at", "Busy": "busy"} {
		if got := FieldName(field); got != want {
			t.Errorf("%s: got %s, want %s", field, got, want)
		}
	}
}
