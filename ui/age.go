package ui

import (
	"time"

	"mltop/internal/units"
)

// A look is when something that a screen shows was read, and how long before
// that it was read the last time.
type look struct {
	what  string // "sessions"
	from  string // the collector that reads it
	at    time.Time
	every time.Duration
}

// looks are what the screens of a place show of the target.
func (s *State) looks(where place) []look {
	var out []look
	d := s.Snap.Database
	if d != nil && where&(onSessions|onOverview) != 0 && s.Target.Sessions {
		out = append(out, look{"sessions", "database", d.SessionsAt, d.SessionsInterval})
	}
	if d != nil && where&(onDatabase|onOverview) != 0 {
		out = append(out, look{"the database", "database", d.At, d.Interval})
	}
	if where&(onQueries|onStatement) != 0 {
		out = append(out, s.statementLook())
	}
	if r := s.Snap.Requests; len(r) > 0 && where&(onRequests|onRoute|onOverview) != 0 {
		out = append(out, look{"requests", "requests", r[0].At, 0})
	}
	return out
}

// statementLook is of the live source that was read last: the others may have
// ended.
func (s *State) statementLook() look {
	out := look{what: "statements", from: "statements"}
	for _, src := range s.Snap.Statements {
		if src.Source.Live && src.At.After(out.at) {
			out.at, out.every = src.At, src.Interval
		}
	}
	return out
}

// slowPace is the longest time between two looks that is taken for a server's
// own pace: one that answers slowly is asked less often.
const slowPace = 5 * time.Second

// age is how long ago something was read, where that is longer than twice the
// time between two looks; else 0. Of the past everything is as old as it is.
func (s *State) age(l look) time.Duration {
	if l.at.IsZero() || !s.live() || s.loading() {
		return 0
	}
	age := s.now.Sub(l.at)
	if age <= 2*max(s.Tick, min(l.every, slowPace))+lateSample {
		return 0
	}
	return age
}

// oldest is what of a screen is the oldest, where that is too old; false: all
// of it is fresh.
func (s *State) oldest(where place) (oldest look, age time.Duration, ok bool) {
	for _, l := range s.looks(where) {
		if old := s.age(l); old > age {
			oldest, age, ok = l, old, true
		}
	}
	return oldest, age, ok
}

// oldLine says what of a screen is old, and why, as far as that is known; ""
// when all of it is fresh.
func (s *State) oldLine(where place) string {
	l, age, old := s.oldest(where)
	if !old {
		return ""
	}
	text := "▲ " + l.what + " seen " + units.Ago(age) + " ago"
	if d := s.Snap.Database; d != nil && d.Missing[l.what] != "" {
		return text + ": " + d.Missing[l.what]
	}
	if why := s.because(l.from); why != "" {
		return text + why
	}
	return text + ", and not since"
}
