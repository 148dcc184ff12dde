package db

import "strings"

// A Prepared is a transaction in the middle of a two-phase commit: it has left
// its session, keeps its locks through restarts, and waits to be told how it ends.
type Prepared struct {
	Name     string // that it was prepared under
	Database string // that it can be ended in; "": in any
	Rollback string // the statement that throws its work away
	Commit   string // the statement that keeps its work
	Begun    bool   // its age counts from its beginning: when it was prepared, and by whom, is not kept
	NoAge    string // why its age is not known; "": it is
}

// Ends names the statements that end it.
func (p *Prepared) Ends() string { return p.Rollback + " or " + p.Commit + " ends it" }

// NoSession says why no session can be ended for it.
func (p *Prepared) NoSession() string {
	return "a prepared transaction has no session to end: " + p.Cure()
}

// Cure says how it ends. Which way is right stands in the log of whoever
// prepared it; one that is ended against its word splits the data in two.
func (p *Prepared) Cure() string {
	return p.Rollback + p.where() + " throws its work away, " + p.Commit +
		" keeps it; its coordinator knows which is right, mltop does not"
}

func (p *Prepared) where() string {
	if p.Database == "" {
		return ""
	}
	return " in database " + p.Database
}

// Brief is how it ends, in one line.
func (p *Prepared) Brief() string {
	return strings.TrimPrefix(p.where()+" ", " ") + p.Rollback + " or " + p.Commit
}

// CountSessions counts those that a client or the server has open.
func CountSessions(list []Session) int {
	n := 0
	for _, s := range list {
		if s.Prepared == nil {
			n++
		}
	}
	return n
}
