package advisor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// advised is an advisor with one index advised, and its ID.
func advised(t *testing.T, c Config) (*Advisor, *fakeEngine, string) {
	t.Helper()
	e, w := world([]*db.Table{table("logs", "path")}, where("logs", "path="))
	a := newAdvisor(t, e, c)
	got, err := a.Advise(context.Background(), w, Seen{}, Options{})
	if err != nil || len(got.Recommendations) != 1 {
		t.Fatalf("Advise: %d pieces of advice, %v; want one", len(got.Recommendations), err)
	}
	return a, e, got.Recommendations[0].ID
}

func TestApplyAndUndo(t *testing.T) {
	ctx := context.Background()
	a, e, id := advised(t, Config{Path: "app.db"})
	entry, err := a.Apply(ctx, id, nil)
	if err != nil || entry.State != EntryApplied || len(e.runs) != 1 {
		t.Fatalf("Apply: %+v, %v, ran %q; want applied by one statement", entry, err, e.runs)
	}
	undone, err := a.Undo(ctx, entry.ID, nil)
	if err != nil || undone.State != EntryUndone || e.objects[entry.Steps[0].Object] != db.Absent {
		t.Fatalf("Undo: %+v, %v, object %q; want it gone", undone, err, e.objects[entry.Steps[0].Object])
	}
	list, err := a.Journal(ctx)
	if err != nil || len(list) != 1 || list[0].State != EntryUndone || list[0].Path != "app.db" {
		t.Errorf("Journal: %+v, %v; want the one entry, undone", list, err)
	}
	if _, err := a.Undo(ctx, entry.ID, nil); !errors.As(err, new(Refused)) {
		t.Errorf("a second undo gave %v, want it refused", err)
	}
}

func TestAnotherProcessAppliesTheLastAdvice(t *testing.T) {
	dir := t.TempDir()
	a, e, id := advised(t, Config{StateDir: dir})
	_ = a.Close()
	later := newAdvisor(t, e, Config{StateDir: dir})
	if _, err := later.Apply(context.Background(), id[:5], nil); err != nil {
		t.Errorf("apply by the beginning of an ID in a new process: %v", err)
	}
}

func TestApplyIsRefused(t *testing.T) {
	held := []db.Holder{{PID: 1, Name: "orders-api"}}
	tests := []struct {
		name   string
		config Config
		before func(*fakeEngine, *Advisor, string)
		want   string
	}{
		{"read-only", Config{ReadOnly: true}, nil, ":unlock"},
		{"forbidden by the flag", Config{Forbidden: true}, nil, "--read-only"},
		{"somebody made an object of that name", Config{}, func(e *fakeEngine, a *Advisor, id string) {
			p, _ := a.Preview(context.Background(), id)
			e.objects[p.Steps[0].Object] = "CREATE INDEX other"
		}, "has changed"},
		{"others would wait too long", Config{MaxBlock: time.Second}, func(e *fakeEngine, a *Advisor, id string) {
			e.holders = held
			_ = a.do(context.Background(), func(m *memory) {
				r := m.advice[id]
				r.Build = &BuildEstimate{Seconds: known(3), Method: "guess"}
				m.advice[id] = r
			})
		}, "longer than the 1s of --max-block: pid 1 (orders-api)"},
		{"the disk is nearly full", Config{}, func(_ *fakeEngine, a *Advisor, id string) {
			_ = a.do(context.Background(), func(m *memory) {
				free, r := int64(1000), m.advice[id]
				r.Build = &BuildEstimate{DiskBytes: 900, FreeBytes: &free}
				m.advice[id] = r
			})
		}, "the disk has"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, e, id := advised(t, tt.config)
			if tt.before != nil {
				tt.before(e, a, id)
			}
			_, err := a.Apply(context.Background(), id, nil)
			if !errors.As(err, new(Refused)) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it refused with %q", err, tt.want)
			}
			if list, _ := a.Journal(context.Background()); len(list) != 0 || len(e.runs) != 0 {
				t.Errorf("a refused change left %d entries and ran %q", len(list), e.runs)
			}
		})
	}
}

func TestUnlock(t *testing.T) {
	ctx := context.Background()
	a, _, id := advised(t, Config{ReadOnly: true, Production: true})
	if err := a.SetReadOnly(ctx, false); err != nil {
		t.Fatal(err)
	}
	p, err := a.Preview(ctx, id)
	if err != nil || p.Refused != "" || p.Confirm != "mltop_logs_path" {
		t.Errorf("Preview on production: refused %q, to type %q, %v", p.Refused, p.Confirm, err)
	}
	for _, typed := range []string{"", "mltop_logs"} {
		if err := a.Confirm(ctx, typed); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Apply(ctx, id, nil); err == nil || !strings.Contains(err.Error(), "mltop_logs_path") {
			t.Errorf("applied on production after %q was typed: %v", typed, err)
		}
	}
	if err := a.Confirm(ctx, "mltop_logs_path"); err != nil {
		t.Fatal(err)
	}
	applied, err := a.Apply(ctx, id, nil)
	if err != nil || applied.State != EntryApplied {
		t.Errorf("Apply after the name was typed: %s, %v", applied.State, err)
	}
	if _, err := a.Undo(ctx, applied.ID, nil); err == nil {
		t.Error("one confirmation was good for two changes")
	}
	forbidden, _, _ := advised(t, Config{Forbidden: true})
	if err := forbidden.SetReadOnly(ctx, false); err == nil {
		t.Error("--read-only was lifted")
	}
}

func TestNothingIsAppliedWithoutAJournal(t *testing.T) {
	dir := t.TempDir()
	a, e, id := advised(t, Config{StateDir: dir})
	s, _ := a.store(context.Background())
	// A folder in the journal's place: it cannot be replaced, as on a full disk.
	if err := os.MkdirAll(filepath.Join(s.path("journal.json"), "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := a.Apply(context.Background(), id, nil)
	if err == nil || len(e.runs) != 0 {
		t.Errorf("got %v and ran %q, want an error and nothing run", err, e.runs)
	}
}

func TestJournalThatMakesNoSense(t *testing.T) {
	ctx := context.Background()
	write := func(t *testing.T, a *Advisor, text string) string {
		s, _ := a.store(ctx)
		if err := os.WriteFile(s.path("journal.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return s.dir
	}
	t.Run("a corrupt one is kept aside and said", func(t *testing.T) {
		a, _, id := advised(t, Config{})
		dir := write(t, a, `{"version": 1, "entr`)
		if _, err := a.Apply(ctx, id, nil); err != nil {
			t.Fatal(err)
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "journal.json.unreadable-*"))
		if len(kept) != 1 || !strings.Contains(strings.Join(a.Notes(ctx), " "), kept[0]) {
			t.Errorf("kept %q, said %q", kept, a.Notes(ctx))
		}
	})
	t.Run("a newer one is not touched", func(t *testing.T) {
		a, e, id := advised(t, Config{})
		dir := write(t, a, `{"version": 99}`)
		_, err := a.Apply(ctx, id, nil)
		if !errors.Is(err, ErrNewerJournal) || len(e.runs) != 0 {
			t.Errorf("got %v, ran %q", err, e.runs)
		}
		if data, _ := os.ReadFile(filepath.Join(dir, "journal.json")); string(data) != `{"version": 99}` {
			t.Errorf("the newer journal now reads %q", data)
		}
	})
}

func TestUndoOnlyTouchesWhatIsOurs(t *testing.T) {
	ctx := context.Background()
	a, e, id := advised(t, Config{})
	entry, err := a.Apply(ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.objects[entry.Steps[0].Object] = "CREATE INDEX mltop_logs_path ON logs(something_else)"
	got, err := a.Undo(ctx, entry.ID, nil)
	if !errors.As(err, new(Refused)) || got.State != EntryLost || len(e.runs) != 1 {
		t.Errorf("got %+v, %v, ran %q; want the entry lost and nothing run", got, err, e.runs)
	}
}

func TestUndoStaysPendingWhileTheFileIsHeld(t *testing.T) {
	ctx := context.Background()
	a, e, id := advised(t, Config{})
	entry, err := a.Apply(ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.runErr, e.holders = db.ErrBusy, []db.Holder{{PID: 77, Name: "python3"}}
	got, err := a.Undo(ctx, entry.ID, nil)
	if !errors.Is(err, db.ErrBusy) || got.State != EntryUndoPending || !strings.Contains(got.Note, "pid 77 (python3) holds the file") {
		t.Fatalf("got %+v, %v; want it pending and the holder named", got, err)
	}
	e.runErr = nil
	settled, err := a.Retry(ctx)
	if err != nil || len(settled) != 1 || settled[0].State != EntryUndone {
		t.Errorf("retried: %+v, %v; want it undone", settled, err)
	}
}

// How long a retry may last is no word of the engine's on the undo.
func TestARetryThatRunsOutOfTimeLeavesTheUndoPending(t *testing.T) {
	for _, ends := range []struct {
		name string
		err  error
	}{{"its time is over", context.DeadlineExceeded}, {"the dashboard ends", context.Canceled}} {
		t.Run(ends.name, func(t *testing.T) {
			a, e, id := advised(t, Config{})
			entry, err := a.Apply(t.Context(), id, nil)
			if err != nil {
				t.Fatal(err)
			}
			e.runErr = db.ErrBusy
			if got, _ := a.Undo(t.Context(), entry.ID, nil); got.State != EntryUndoPending {
				t.Fatalf("got %+v, want it pending", got)
			}
			e.runErr = fmt.Errorf("change index: %w", ends.err)
			for name, try := range map[string]func(context.Context) ([]Entry, error){"retry": a.Retry, "recover": a.Recover} {
				_, err := try(t.Context())
				if list, _ := a.Journal(t.Context()); list[0].State != EntryUndoPending {
					t.Errorf("%s: got %s (%s), %v; want it pending", name, list[0].State, list[0].Note, err)
				}
			}
			e.runErr = nil
			if got, err := a.Retry(t.Context()); err != nil || len(got) != 1 || got[0].State != EntryUndone {
				t.Errorf("the engine lets us: got %+v, %v; want it undone", got, err)
			}
		})
	}
}

func TestTwoAtOnce(t *testing.T) {
	dir := t.TempDir()
	a, e, id := advised(t, Config{StateDir: dir})
	s, _ := a.store(context.Background())
	release, err := s.lock()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 120*time.Millisecond)
	defer cancel()
	if _, err := a.Apply(ctx, id, nil); !errors.Is(err, errLocked) || len(e.runs) != 0 {
		t.Errorf("beside another mltop: %v, ran %q", err, e.runs)
	}
	release()
	if _, err := a.Apply(context.Background(), id, nil); err != nil {
		t.Errorf("after it: %v", err)
	}
}

func TestVanishedIndexIsNoticed(t *testing.T) {
	ctx := context.Background()
	a, e, id := advised(t, Config{})
	entry, err := a.Apply(ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.objects[entry.Steps[0].Object] = db.Absent
	got, err := a.Recover(ctx)
	if err != nil || len(got) != 1 || got[0].State != EntryLost {
		t.Errorf("got %+v, %v; want the entry lost", got, err)
	}
}

func TestWhatWasLostIsUndoneOnceItIsThereAgain(t *testing.T) {
	ctx := context.Background()
	a, e, id := advised(t, Config{})
	entry, err := a.Apply(ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	index := entry.Steps[0].Object
	e.objects[index] = db.Absent // an older file is copied over this one
	if _, err := a.Undo(ctx, entry.ID, nil); err == nil {
		t.Fatal("an index that is not there was undone")
	}
	e.objects[index] = entry.Steps[0].After // and the newer one is put back
	if got, err := a.Recover(ctx); err != nil || len(got) != 1 || got[0].State != EntryApplied {
		t.Errorf("got %+v, %v; want the entry applied again", got, err)
	}
	if got, err := a.Undo(ctx, entry.ID, nil); err != nil || got.State != EntryUndone {
		t.Errorf("got %+v, %v; want it undone", got, err)
	}
}

func TestWhatWasLostIsNotClaimedFromALaterChange(t *testing.T) {
	ctx := context.Background()
	a, e, id := advised(t, Config{})
	first, err := a.Apply(ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.objects[first.Steps[0].Object] = db.Absent
	if _, err := a.Recover(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Apply(ctx, id, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Recover(ctx); err != nil || len(got) != 0 {
		t.Errorf("got %+v, %v; want the index to be the second entry's alone", got, err)
	}
}

func TestDismissedAdviceStaysAway(t *testing.T) {
	ctx := context.Background()
	e, w := world([]*db.Table{table("logs", "path")}, where("logs", "path="))
	a := newAdvisor(t, e, Config{})
	first, err := a.Advise(ctx, w, Seen{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Dismiss(ctx, first.Recommendations[0].ID, "we drop that route"); err != nil {
		t.Fatal(err)
	}
	again, err := a.Advise(ctx, w, Seen{}, Options{})
	if err != nil || len(again.Recommendations) != 0 {
		t.Fatalf("dismissed advice came back: %+v, %v", again.Recommendations, err)
	}
	last := again.Declined[len(again.Declined)-1]
	if last.Reason != "dismissed: we drop that route" {
		t.Errorf("declined with %q, want the user's reason", last.Reason)
	}
}

func TestVerdictWithoutNumbersIsKept(t *testing.T) {
	ctx := context.Background()
	a, _, id := advised(t, Config{})
	entry, err := a.Apply(ctx, id, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Record(ctx, entry.ID, Unseen("GET /x")); err != nil {
		t.Fatal(err)
	}
	list, err := a.Journal(ctx)
	if err != nil || list[0].Verdict == nil || list[0].Verdict.Outcome != OutcomeUnseen || !math.IsNaN(list[0].Verdict.P) {
		t.Errorf("got %+v, %v; want the verdict back, its numbers unknown", list[0].Verdict, err)
	}
}

func TestForget(t *testing.T) {
	ctx := context.Background()
	a, _, id := advised(t, Config{})
	if _, err := a.Apply(ctx, id, nil); err != nil {
		t.Fatal(err)
	}
	if err := a.Forget(ctx, false); !errors.As(err, new(Refused)) {
		t.Errorf("forgot an entry that stands: %v", err)
	}
	if err := a.Forget(ctx, true); err != nil {
		t.Fatal(err)
	}
	if s, _ := a.store(ctx); dirExists(s.dir) {
		t.Errorf("%s is still there", s.dir)
	}
}

func dirExists(dir string) bool {
	_, err := os.Stat(dir)
	return err == nil
}
