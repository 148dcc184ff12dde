package mysql

import (
	"context"
	"fmt"
	"net"
	"strings"

	"mltop/internal/db"
)

var _ db.ReplicaLister = (*Engine)(nil)

// whyApplied: the primary sends and counts nothing of what becomes of it.
const whyApplied = "how far it has come, only it knows: Seconds_Behind_Master there"

// Replicas lists who takes the server's binary log.
func (e *Engine) Replicas(ctx context.Context) ([]db.Replica, error) {
	f := sessionFacts{}
	denied := false
	err := e.read(ctx, "replicas", func(c *conn) error {
		_, err := c.each(ctx, "SELECT 1 FROM information_schema.INNODB_TRX LIMIT 1", nil, func([]value) error { return nil })
		if denied = err != nil && connectionLost(err) == nil; denied { // who lacks PROCESS sees their own sessions alone
			return nil
		}
		if err != nil {
			return err
		}
		return f.readProcesses(ctx, c, e.server)
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask who follows the server: %w", err)
	case denied:
		return nil, db.NotMeasured{Why: "other users' sessions are hidden: " + e.server.grant("PROCESS ON *.*")}
	}
	return followers(f.list), nil
}

// followers are the sessions that take the binary log.
func followers(list []processRow) (out []db.Replica) {
	for _, p := range list {
		if !strings.HasPrefix(p.command, "Binlog Dump") {
			continue
		}
		host, _, err := net.SplitHostPort(p.host)
		if err != nil {
			host = p.host
		}
		why := whyApplied
		if !strings.Contains(strings.ToLower(p.state), "waiting") { // else all of the log is sent
			why = "not all of the log is sent to it yet (" + p.state + "); " + why
		}
		out = append(out, db.Replica{Name: p.user + "@" + host + " (session " + p.id + ")", Why: why, Repeats: true})
	}
	return out
}
