package db

import "context"

// A Replica follows the server, and does each of its changes after it.
type Replica struct {
	Name string // as people tell it apart: "standby1 (10.0.0.5)"
	// Lag and Bytes are how far it is behind; nil: not known, and Why says so.
	Lag   *float64 // seconds
	Bytes *int64   // of the log of changes
	Why   string
	// Repeats: it runs a statement such as a build itself, as long as it ran
	// here, and falls behind meanwhile.
	Repeats bool
}

// A ReplicaLister is a server that knows who follows it.
type ReplicaLister interface {
	Replicas(ctx context.Context) ([]Replica, error)
}
