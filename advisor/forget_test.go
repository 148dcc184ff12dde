package advisor

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"mltop/internal/db"
)

// left is an advisor whose journal holds one applied entry, and on disk that
// entry in another state, as a kill leaves it.
func left(t *testing.T, c Config, state EntryState) (*Advisor, *fakeEngine, store) {
	t.Helper()
	ctx := context.Background()
	a, e, id := advised(t, c)
	if _, err := a.Apply(ctx, id, nil); err != nil {
		t.Fatal(err)
	}
	s, err := a.store(ctx)
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.loadJournal()
	if err != nil {
		t.Fatal(err)
	}
	j.Entries[0].State = state
	if err := s.saveJournal(j, "test"); err != nil {
		t.Fatal(err)
	}
	return a, e, s
}

func TestForgetLosesNoUndo(t *testing.T) {
	gone := func(e *fakeEngine) {
		for o := range e.objects {
			e.objects[o] = db.Absent
		}
	}
	tests := []struct {
		name      string
		config    Config
		state     EntryState
		world     func(*fakeEngine)
		forgotten bool
	}{
		{"a change that stands", Config{}, EntryApplied, nil, false},
		{"a kill during the change, which is complete", Config{}, EntryApplying, nil, false},
		{"a kill during the change, of which nothing is left", Config{}, EntryApplying, gone, true},
		{"a kill during the undo, which is finished first", Config{}, EntryUndoing, nil, true},
		{"a kill during the change, where nothing may be settled", Config{ReadOnly: true}, EntryApplying, gone, false},
		{"a change that failed", Config{}, EntryFailed, nil, true},
		{"a change that somebody else took over", Config{}, EntryLost, gone, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := tt.config
			c.ReadOnly = false
			a, e, s := left(t, c, tt.state)
			if tt.world != nil {
				tt.world(e)
			}
			if err := a.SetReadOnly(context.Background(), tt.config.ReadOnly); err != nil {
				t.Fatal(err)
			}
			err := a.Forget(context.Background(), false)
			if dirExists(s.dir) == tt.forgotten || errors.As(err, new(Refused)) == tt.forgotten {
				t.Errorf("got %v, the folder is there: %v; want it forgotten: %v", err, dirExists(s.dir), tt.forgotten)
			}
			if err := a.Forget(context.Background(), true); err != nil || dirExists(s.dir) {
				t.Errorf("forced: %v, the folder is there: %v", err, dirExists(s.dir))
			}
		})
	}
}

func TestALockOfAForgottenFolderIsNoLock(t *testing.T) {
	a, _, s := left(t, Config{}, EntryUndone)
	var second func()
	forgets := true
	s.fault = func(point string) {
		if point != "lock: opened" || !forgets {
			return
		}
		forgets = false // others do this while the first waits for the lock it has opened
		if err := a.Forget(context.Background(), false); err != nil {
			t.Fatal(err)
		}
		other, err := a.store(context.Background())
		if err == nil {
			second, err = other.lock()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if release, err := s.lock(); !errors.Is(err, errLocked) {
		release()
		t.Fatalf("got %v: two hold the lock of one target", err)
	}
	second()
	release, err := s.lock()
	if err != nil {
		t.Fatalf("after the other ended: %v", err)
	}
	release()
}

func TestForgetMovesTheFolderAwayWhole(t *testing.T) {
	a, _, s := left(t, Config{}, EntryUndone)
	a.config.Fault = func(point string) {
		if point == "forget: moved" && dirExists(s.dir) {
			t.Error("the folder is taken apart where others look for it")
		}
	}
	if err := a.Forget(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir + forgottenSuffix); err == nil {
		t.Error("what was moved aside is still there")
	}
}

func TestTheJournalSaysWhatAKillLeft(t *testing.T) {
	for _, state := range []EntryState{EntryApplying, EntryUndoing} {
		a, _, s := left(t, Config{}, state)
		note := func() string {
			list, err := a.Journal(context.Background())
			if err != nil || len(list) != 1 {
				t.Fatalf("%d entries, %v", len(list), err)
			}
			return list[0].Note
		}
		if got := note(); !strings.HasPrefix(got, "unfinished: ") {
			t.Errorf("%s, and nobody at work: got the note %q", state, got)
		}
		release, err := s.lock()
		if err != nil {
			t.Fatal(err)
		}
		if got := note(); got != "" {
			t.Errorf("%s, and another mltop at work: got the note %q", state, got)
		}
		release()
	}
}
