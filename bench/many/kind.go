package main

import (
	"context"
	"database/sql"

	"mltop/internal/db"
	"mltop/internal/throwaway"
)

// A kind is what differs between the servers.
type kind struct {
	name  string
	start func(settings map[string]string) (*throwaway.Server, error)
	// roomy are the settings of a server with so many sessions.
	roomy func(sessions int) map[string]string
	admin func(*throwaway.Server) (*sql.DB, error)
	dial  func(context.Context, *throwaway.Server) (client, error)
	url   func(*throwaway.Server) string
	// socket is the server's, as a file.
	socket func(*throwaway.Server) string
	// through is a server whose socket lies in a folder.
	through func(s *throwaway.Server, folder string) *throwaway.Server
	open    func(ctx context.Context, url string, trace func(db.Line)) (db.Engine, error)
	waiting string // counts the sessions that wait for a lock
	ours    string // counts mltop's sessions beside the administrator's and so many others
	tables  crowdOfTables
	// asked bounds of how many sessions that wait it is asked who blocks them.
	asked int
}

// crowdOfTables is how a server gets many tables.
type crowdOfTables struct {
	settings map[string]string
	// make makes so many that hold nothing; the server waits for no disk.
	make func(n int) string
	// fill makes a table of so many rows, and has the server look at it.
	fill func(name string, rows int) []string
	kept int // how many mltop reads
}

// A client is an application's connection, with nothing around it.
type client interface {
	id() string
	exec(ctx context.Context, sql string) error
	close()
}

const database = "many"

func kinds() map[string]kind {
	return map[string]kind{"mariadb": mariadb(), "postgres": postgresql()}
}
