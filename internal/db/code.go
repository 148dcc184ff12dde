package db

import "context"

// Code is a text that the server keeps and runs for the application.
type Code struct {
	Kind string // "view", "procedure", "trigger"
	Name string
	SQL  string
}

// A CodeKeeper is a server whose code may name indexes in hints, so that it
// fails when one of them is gone.
type CodeKeeper interface {
	// Code lists the texts that may hold such a hint. Unread are those that the
	// user has no right to read, in words: "procedures and functions".
	Code(ctx context.Context) (list []Code, unread []string, err error)
}
