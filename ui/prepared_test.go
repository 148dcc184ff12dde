package ui

import (
	"strings"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
)

// The root of a queue is no session: both keys say what to do instead, and the
// statement is there to be copied.
func TestAPreparedTransactionIsListedWithItsCure(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		s, f := openServer(t, Target{}, size[0], size[1])
		sample := f.sample()
		for _, sec := range sample.Sections {
			if d, ok := sec.(*collectors.Database); ok {
				d.Sessions = preparedQueue()
			}
		}
		s.send(sampleMsg{sample: sample})
		s.press("7")
		s.want("tx9", "prepared (2PC)", "no session to end; in database orders ROLLBACK PREPARED 'tx9'", "1 session")
		if foot := lastLine(s.text()); strings.Contains(foot, "T terminate") || strings.Contains(foot, "c cancel") {
			t.Errorf("%d columns: the keys offer what nothing comes of: %q", size[0], foot)
		}
		for _, key := range []string{"T", "c"} {
			s.press(key)
			s.want("a prepared transaction has no session to end")
		}
		if len(f.acts) > 0 {
			t.Errorf("%d columns: it did %q", size[0], f.acts)
		}
	}
}

func TestWhatEndsAPreparedTransactionIsCopied(t *testing.T) {
	s, _ := openServer(t, Target{}, 120, 40)
	s.m.s.Snap.Database.Sessions = preparedQueue()
	v := newSessions()
	v.toRoot(s.m.s)
	_, cmd := v.Update(Copy, s.m.s)
	if cmd == nil {
		t.Fatal("nothing is copied")
	}
	if msg, ok := cmd().(copyMsg); !ok || msg.text != "ROLLBACK PREPARED 'tx9';" {
		t.Errorf("got %+v, want the statement", msg)
	}
}

// preparedQueue is one session behind a prepared transaction.
func preparedQueue() []db.Session {
	const root = "prepared transaction tx9"
	return []db.Session{
		{ID: "9", State: "active", Locked: true, BlockedBy: []string{root}, For: 8 * time.Second, Statement: "UPDATE customers SET name = 'x'"},
		{ID: root, User: "shop", State: "prepared (2PC)", For: 14 * time.Minute, Transaction: 14 * time.Minute,
			Prepared: &db.Prepared{Name: "tx9", Database: "orders", Rollback: "ROLLBACK PREPARED 'tx9'", Commit: "COMMIT PREPARED 'tx9'"}},
	}
}
