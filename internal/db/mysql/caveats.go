package mysql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

var _ db.CaveatReader = (*Engine)(nil)

// A place is the server's part in a replication, and its clock.
type place struct {
	Primary  string // of a replica, host:port
	ReadOnly bool
	Why      string // why a replication could not be asked for
	Ahead    time.Duration
}

func readPlace(ctx context.Context, c *conn, f flavour) (p place, err error) {
	v, err := c.variables(ctx, "read_only")
	if err != nil {
		return p, err
	}
	p.ReadOnly = yes(v["read_only"])
	list, err := readReplicas(ctx, c, f)
	if err != nil {
		p.Why = err.Error()
	}
	for _, r := range list {
		p.Primary = or(p.Primary, r.primary)
	}
	if err := connectionLost(err); err != nil {
		return p, err
	}
	p.Ahead, err = readClock(ctx, c)
	return p, err
}

// readClock is how far the server's clock is ahead, in the middle of asking.
func readClock(ctx context.Context, c *conn) (time.Duration, error) {
	asked := time.Now()
	var now *string
	if err := c.row(ctx, &now, "SELECT UNIX_TIMESTAMP(SYSDATE(6))"+ownTable); err != nil || now == nil {
		return 0, err
	}
	answered := time.Now()
	n := number(*now)
	if n == nil {
		return 0, nil
	}
	return time.UnixMicro(int64(*n * 1e6)).Sub(asked.Add(answered.Sub(asked) / 2)), nil
}

// ServerAhead is how far the server's clock is ahead of ours, as it was last
// measured; 0 within the tolerance.
func (e *Engine) ServerAhead(ctx context.Context) (ahead time.Duration, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.clockAt.IsZero() {
		err = e.readLocked(ctx, "clock", func(c *conn) (err error) {
			e.ahead, err = readClock(ctx, c)
			return err
		})
		if err != nil {
			return 0, err
		}
		e.clockAt = time.Now() // Stats measures on
	}
	if e.ahead.Abs() <= db.ClockTolerance {
		return 0, nil
	}
	return e.ahead, nil
}

// Caveats are those of the server's part in a replication, its clock and its
// make.
func (e *Engine) Caveats(ctx context.Context) ([]db.Caveat, error) {
	var p place
	var f flavour
	err := e.read(ctx, "caveats", func(c *conn) (err error) {
		f = e.server.flavour
		p, err = readPlace(ctx, c, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ask what the server is: %w", err)
	}
	var out []db.Caveat
	if r := p.refuses(e.target); r != nil {
		out = append(out, db.Caveat{Name: "replica", Text: r.What, Do: r.Do})
	}
	if text := db.ClockText(p.Ahead); text != "" {
		out = append(out, db.Caveat{Name: "clock", Text: text, Do: "set both clocks by NTP"})
	}
	if text := f.untried(); text != "" {
		out = append(out, db.Caveat{Name: "product", Text: text})
	}
	return out, nil
}

// refuses says why data is not changed here; nil when it may be. An index of
// a replica's alone is gone with the next copy, and one that the primary
// makes under the same name stops the replication.
func (p place) refuses(t target) *ServerError {
	switch {
	case p.Primary != "":
		return &ServerError{ProblemReplica, t.String(), "is a replica of " + p.Primary + ": what is changed here alone makes the two differ", "to apply: attach to its primary, " + p.Primary, nil}
	case p.ReadOnly:
		return &ServerError{ProblemReplica, t.String(), "is read only, perhaps a replica (read_only = ON)", "to apply: attach to its primary", nil}
	}
	return nil
}

// triedVersion is what the tests run.
const triedVersion = "MariaDB 10.11"

// untried says that a server was never tried, and how it is asked; "" for the
// version of the tests.
func (f flavour) untried() string {
	name := fmt.Sprintf("%s %d.%d", f.label(), f.Major, f.Minor)
	if name == triedVersion {
		return ""
	}
	if fork := f.fork(); fork != "" {
		return fork + " was never tried: it is asked as " + name + ", and what it lacks is shown as –, with its own words"
	}
	return name + " was never tried: it is asked as its manual says"
}

// fork is who speaks MySQL's protocol without being MySQL, MariaDB or one of
// their close kin; "" for those.
func (f flavour) fork() string {
	text := strings.ToLower(f.Text + " " + f.Comment)
	for _, x := range []struct{ word, name string }{
		{"tidb", "TiDB"}, {"vitess", "Vitess"}, {"singlestore", "SingleStore"}, {"memsql", "SingleStore"}, {"proxysql", "ProxySQL"},
		{"doris", "Apache Doris"}, {"starrocks", "StarRocks"}, {"oceanbase", "OceanBase"}, {"clickhouse", "ClickHouse"}, {"dolt", "Dolt"},
	} {
		if strings.Contains(text, x.word) {
			return x.name
		}
	}
	return ""
}
