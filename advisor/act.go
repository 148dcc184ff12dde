package advisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// An Act ends what a session does. It is journaled like a change, and has no
// undo.
type Act struct {
	Kind    Kind // KindCancel or KindTerminate
	Session db.Session
}

// PreviewAct answers what an act would end, by the sessions of this moment;
// what speaks against it is in Refused. It changes nothing.
func (a *Advisor) PreviewAct(ctx context.Context, act Act) (Preview, error) {
	list, err := a.engine.Sessions(ctx)
	if err != nil {
		return Preview{}, fmt.Errorf("look at the sessions: %w", err)
	}
	now, gone := findSession(list, act.Session)
	p := previewOf(Act{act.Kind, now}, freed(list, now.ID))
	p.Refused = firstOf(gone, a.forbids(ctx), a.noActs(), pointless(act.Kind, now))
	p.Confirm = a.confirm(p.Steps)
	return p, nil
}

// findSession finds the very session that was seen, as it is now; gone says
// why it is not there.
func findSession(list []db.Session, seen db.Session) (now db.Session, gone string) {
	for _, s := range list {
		if s.ID == seen.ID && s.Started == seen.Started {
			return s, ""
		}
	}
	return seen, "session " + seen.ID + " has ended already"
}

// freed counts those that wait for a session, directly or behind others.
func freed(list []db.Session, id string) int {
	for _, b := range db.BlockingTree(list) {
		if b.ID == id {
			return b.Behind
		}
	}
	return 0
}

func previewOf(act Act, waiters int) Preview {
	s := act.Session
	verb := string(act.Kind)
	p := Preview{
		Recommendation: Recommendation{
			ID: adviceID(act.Kind, s.ID, s.Started), Kind: act.Kind, Object: "session " + s.ID,
			Title: strings.ToUpper(verb[:1]) + verb[1:] + " session " + s.ID + " of " + whoIs(s),
			Scope: "one session, of " + whoIs(s),
		},
		Steps: []db.Step{{
			Object: db.Object{Kind: ObjectSession, Name: s.ID}, Do: []string{verb + " session " + s.ID},
			Irreversible: "what is ended does not come back", Blocks: db.Blocks{Who: "nobody"},
		}},
	}
	p.Recommendation.Warnings = append(p.Recommendation.Warnings, Warning{Text: dies(act)})
	if waiters > 0 && pointless(act.Kind, s) == "" {
		p.Recommendation.Reason = "it frees " + units.Plural(waiters, "waiting session")
		p.Recommendation.Scope += "; " + p.Recommendation.Reason
	}
	return p
}

// ObjectSession is what an act ends.
const ObjectSession db.ObjectKind = "session"

// dies says what an act throws away.
func dies(act Act) string {
	if act.Session.Prepared != nil {
		return "what dies: nothing, for it is no session"
	}
	if act.Kind == KindTerminate {
		return "what dies: " + firstOf(act.Session.Dies, "the session")
	}
	if pointless(act.Kind, act.Session) != "" {
		return "what dies: nothing, for it runs no statement"
	}
	return "what dies: the statement under way; the session and its transaction live on"
}

// whoIs names a session's user, application and host.
func whoIs(s db.Session) string {
	parts := slices.DeleteFunc([]string{firstOf(s.User, "an unknown user"), s.Application, hostText(s.Host)}, func(p string) bool { return p == "" })
	return strings.Join(parts, ", ")
}

func hostText(host string) string {
	if host == "" {
		return ""
	}
	return "host " + host
}

func (a *Advisor) noActs() string {
	if _, ok := a.engine.(db.SessionEnder); !ok {
		return "this engine has no sessions that could be ended"
	}
	return ""
}

// pointless says when an act would end nothing.
func pointless(k Kind, s db.Session) string {
	if s.Prepared != nil {
		return s.Prepared.NoSession()
	}
	if k == KindCancel && s.Idle {
		return "it runs nothing to cancel: terminating it ends its transaction"
	}
	return ""
}

// Act carries an act out. Its entry is in the journal, on disk, before the
// server is asked.
func (a *Advisor) Act(ctx context.Context, act Act) (Entry, error) {
	t, err := a.begin(ctx, nil)
	if err != nil {
		return Entry{}, err
	}
	defer t.release()
	p, err := a.PreviewAct(ctx, act)
	if err != nil {
		return Entry{}, err
	}
	if why := firstOf(p.Refused, a.unconfirmed(ctx, p.Steps)); why != "" {
		return Entry{}, Refused{why}
	}
	e := t.openAct(p)
	if err := t.store.saveJournal(t.journal, "acting"); err != nil {
		return Entry{}, fmt.Errorf("%w; nothing was ended", err)
	}
	err = a.end(ctx, act)
	e.State = EntryDone
	if err != nil {
		e.State, e.Note = EntryFailed, err.Error()
	}
	return *e, errors.Join(err, t.settle(e, "acted"))
}

func (t *act) openAct(p Preview) *Entry {
	e := t.open(p.own())
	e.State = EntryActing
	e.Note = strings.TrimPrefix(p.Recommendation.Warnings[0].Text, "what dies: ")
	if p.Recommendation.Reason != "" {
		e.Note += "; " + p.Recommendation.Reason
	}
	return e
}

func (a *Advisor) end(ctx context.Context, act Act) error {
	ender := a.engine.(db.SessionEnder) // noActs has seen to it
	if act.Kind == KindTerminate {
		return ender.Terminate(ctx, act.Session.ID)
	}
	return ender.Cancel(ctx, act.Session.ID)
}
