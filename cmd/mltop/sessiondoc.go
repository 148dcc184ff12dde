package main

import (
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// A sessionDoc is one connection of a server; its statement has no literals.
type sessionDoc struct {
	ID                 string   `json:"id"`
	User               string   `json:"user"`
	Application        string   `json:"application"`
	Host               string   `json:"host"`
	State              string   `json:"state"`
	Seconds            *float64 `json:"seconds"` // in this state
	TransactionSeconds *float64 `json:"transaction_seconds"`
	IdleInTransaction  bool     `json:"idle_in_transaction"`
	Waits              string   `json:"waits,omitempty"`
	BlockedBy          []string `json:"blocked_by"`
	Blocks             int      `json:"blocks"` // sessions that wait for it, directly or behind others
	Dies               string   `json:"dies"`   // what ending it throws away
	Statement          string   `json:"statement"`
	// Prepared is of a transaction that was prepared, and is no session.
	Prepared *preparedDoc `json:"prepared,omitempty"`
}

// A preparedDoc says how a prepared transaction can be ended; mltop does not.
type preparedDoc struct {
	GID      string `json:"gid"`
	Database string `json:"database"` // that it can be ended in; "": in any
	Rollback string `json:"rollback"`
	Commit   string `json:"commit"`
	NoAge    string `json:"no_age,omitempty"` // why its seconds are not known
}

func sessionDocs(list []db.Session, quotes sqltext.Quotes) []sessionDoc {
	behind := map[string]int{}
	for _, b := range db.BlockingTree(list) {
		behind[b.ID] = b.Behind
	}
	docs := []sessionDoc{}
	for _, s := range list {
		d := sessionDoc{
			ID: s.ID, User: s.User, Application: s.Application, Host: s.Host, State: s.State, Seconds: secondsOf(s.For), IdleInTransaction: s.Idle,
			Waits: s.Waits, BlockedBy: append([]string{}, s.BlockedBy...), Blocks: behind[s.ID], Dies: s.Dies, Statement: quotes.Mask(s.Statement),
		}
		if s.Transaction > 0 {
			d.TransactionSeconds = secondsOf(s.Transaction)
		}
		if p := s.Prepared; p != nil {
			d.Prepared = &preparedDoc{p.Name, p.Database, p.Rollback, p.Commit, p.NoAge}
			if p.NoAge != "" {
				d.Seconds = nil
			}
		}
		docs = append(docs, d)
	}
	return docs
}

func secondsOf(d time.Duration) *float64 {
	v := d.Seconds()
	return &v
}
