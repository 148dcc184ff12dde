package db

// A Prepared is a transaction in the middle of a two-phase commit: it has left
// its session, keeps its locks through restarts, and waits to be told how it ends.
type Prepared struct {
	Name     string // that it was prepared under
	Database string // that it can be ended in
	Rollback string // the statement that throws its work away
	Commit   string // the statement that keeps its work
}

// NoSession says why no session can be ended for it.
func (p *Prepared) NoSession() string {
	return "a prepared transaction has no session to end: " + p.Cure()
}

// Cure says how it ends. Which way is right stands in the log of whoever
// prepared it; one that is ended against its word splits the data in two.
func (p *Prepared) Cure() string {
	return p.Rollback + " in database " + p.Database + " throws its work away, " + p.Commit +
		" keeps it; its coordinator knows which is right, mltop does not"
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
