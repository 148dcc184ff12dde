package advisor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// hall is a server with sessions.
type hall struct {
	*dbtest.Fake
	sessions []db.Session
	ended    []string
	err      error
}

func (h *hall) Sessions(context.Context) ([]db.Session, error) { return h.sessions, nil }

func (h *hall) Cancel(_ context.Context, id string) error    { return h.end("cancel " + id) }
func (h *hall) Terminate(_ context.Context, id string) error { return h.end("terminate " + id) }

func (h *hall) end(what string) error {
	h.ended = append(h.ended, what)
	return h.err
}

func newHall() *hall {
	return &hall{Fake: &dbtest.Fake{Identity: db.TargetID{Engine: "postgres", Server: "1", Database: "shop"}}, sessions: []db.Session{
		{ID: "10", Started: "a", User: "shop", Application: "orders-api", Host: "h7", State: "idle in transaction", Idle: true,
			Transaction: 14 * time.Minute, Dies: "what it wrote in 14 min of transaction"},
		{ID: "11", Started: "b", User: "shop", State: "active", BlockedBy: []string{"10"}},
		{ID: "12", Started: "c", User: "shop", State: "active", BlockedBy: []string{"11"}},
		{ID: "prepared transaction tx9", Started: "d", User: "shop", Prepared: &db.Prepared{Name: "tx9", Database: "shop", Rollback: "ROLLBACK PREPARED 'tx9'", Commit: "COMMIT PREPARED 'tx9'"}},
	}}
}

func TestActsOnSessions(t *testing.T) {
	for _, row := range []struct {
		name    string
		kind    Kind
		session db.Session
		config  Config
		typed   string
		err     error
		state   EntryState // "": no entry
		ended   string
		says    string
	}{
		{name: "a statement is cancelled", kind: KindCancel, session: db.Session{ID: "11", Started: "b"}, state: EntryDone, ended: "cancel 11", says: "the statement under way"},
		{name: "a session is terminated, and says what dies and who is freed", kind: KindTerminate, session: db.Session{ID: "10", Started: "a"},
			state: EntryDone, ended: "terminate 10", says: "what it wrote in 14 min of transaction; it frees 2 waiting sessions"},
		{name: "nothing is cancelled where nothing runs", kind: KindCancel, session: db.Session{ID: "10", Started: "a"}, says: "it runs nothing"},
		{name: "a prepared transaction is no session", kind: KindTerminate, session: db.Session{ID: "prepared transaction tx9", Started: "d"}, says: "no session to end: ROLLBACK PREPARED 'tx9' in database shop"},
		{name: "another session has the number by now", kind: KindTerminate, session: db.Session{ID: "10", Started: "z"}, says: "has ended already"},
		{name: "the session is gone", kind: KindTerminate, session: db.Session{ID: "99"}, says: "has ended already"},
		{name: "read-only", kind: KindTerminate, session: db.Session{ID: "10", Started: "a"}, config: Config{ReadOnly: true}, says: "read-only"},
		{name: "production, unconfirmed", kind: KindTerminate, session: db.Session{ID: "10", Started: "a"}, config: Config{Production: true}, says: "production"},
		{name: "production, confirmed by the number", kind: KindTerminate, session: db.Session{ID: "10", Started: "a"}, config: Config{Production: true},
			typed: "10", state: EntryDone, ended: "terminate 10"},
		{name: "the server refuses", kind: KindTerminate, session: db.Session{ID: "10", Started: "a"}, err: errors.New("must be a superuser"),
			state: EntryFailed, ended: "terminate 10", says: "must be a superuser"},
	} {
		t.Run(row.name, func(t *testing.T) {
			h := newHall()
			h.err = row.err
			row.config.StateDir = t.TempDir()
			a := New(h, row.config)
			defer a.Close()
			if row.typed != "" {
				if err := a.Confirm(t.Context(), row.typed); err != nil {
					t.Fatal(err)
				}
			}
			e, err := a.Act(t.Context(), Act{row.kind, row.session})
			text := e.Note
			if err != nil {
				text += err.Error()
			}
			if !strings.Contains(text, row.says) {
				t.Errorf("got %q, want %q in it", text, row.says)
			}
			if got := strings.Join(h.ended, ", "); got != row.ended {
				t.Errorf("ended: got %q, want %q", got, row.ended)
			}
			list, err := a.Journal(t.Context())
			if err != nil || len(list) != map[bool]int{true: 1, false: 0}[row.state != ""] {
				t.Fatalf("the journal: got %+v, %v", list, err)
			}
			if row.state != "" && (list[0].State != row.state || list[0].Kind != row.kind || !strings.Contains(list[0].Title, row.session.ID)) {
				t.Errorf("the entry: got %+v, want %s", list[0], row.state)
			}
			if row.state == EntryDone {
				if _, err := a.Undo(t.Context(), list[0].ID, nil); err == nil {
					t.Error("an act was undone")
				}
			}
		})
	}
}

// Killed between the journal and the server's answer, an act is over at the
// next start: nobody can tell more.
func TestAnActThatAKillCutShort(t *testing.T) {
	dir := t.TempDir()
	a := New(newHall(), Config{StateDir: dir})
	s, err := a.store(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.loadJournal()
	if err != nil {
		t.Fatal(err)
	}
	j.Entries = append(j.Entries, Entry{ID: "1", Target: s.target, State: EntryActing, Kind: KindTerminate})
	if err := s.saveJournal(j, "acting"); err != nil {
		t.Fatal(err)
	}
	if settled, err := a.Recover(t.Context()); err != nil || len(settled) != 1 || settled[0].State != EntryDone || settled[0].Note == "" {
		t.Errorf("got %+v, %v, want it done, with a note", settled, err)
	}
	a.Close()
}

func TestACancelThatWouldEndNothingPromisesNothing(t *testing.T) {
	h := newHall()
	a := New(h, Config{StateDir: t.TempDir()})
	defer a.Close()
	p, err := a.PreviewAct(t.Context(), Act{KindCancel, db.Session{ID: "10", Started: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	r := p.Recommendation
	if p.Refused == "" || r.Reason != "" || strings.Contains(r.Scope, "frees") || r.Warnings[0].Text != "what dies: nothing, for it runs no statement" {
		t.Errorf("got refused %q, reason %q, reaches %q, %+v", p.Refused, r.Reason, r.Scope, r.Warnings)
	}
}
