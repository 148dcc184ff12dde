package postgres

import (
	"context"
	"fmt"
	"time"

	"mltop/internal/db"
)

var _ db.CaveatReader = (*Engine)(nil)

// A place is where the server itself is, whatever stands between.
type place struct {
	Replica bool
	Primary string // of a replica, host:port; "" where that is not told
	Direct  string // an address that leads past a pooler; "" where that is not told
}

// placeSQL: a session over a socket has no address of its own; the server's
// folder of sockets, and where a replica gets its log, are told to monitors.
const placeSQL = `SELECT /* mltop */ pg_is_in_recovery(),
	coalesce((SELECT sender_host || ':' || sender_port FROM pg_stat_wal_receiver), ''),
	coalesce(host(inet_server_addr()) || ':' || inet_server_port(), ''),
	coalesce((SELECT split_part(setting, ',', 1) FROM pg_settings WHERE name = 'unix_socket_directories'), ''), current_setting('port')`

func readPlace(ctx context.Context, c *conn, database string) (p place, err error) {
	var address, socket, port string
	if err := c.row(ctx, placeSQL, nil, &p.Replica, &p.Primary, &address, &socket, &port); err != nil {
		return p, fmt.Errorf("ask where the server is: %w", err)
	}
	switch {
	case address != "":
		p.Direct = "postgres://" + address + "/" + database
	case socket != "":
		p.Direct = "postgres:///" + database + "?host=" + socket + "&port=" + port
	}
	return p, nil
}

// Caveats are those of the way, the server's part in a replication, its clock
// and its make.
func (e *Engine) Caveats(ctx context.Context) ([]db.Caveat, error) {
	var p place
	var hypopg string
	var hides bool
	var made product
	err := e.read(ctx, "caveats", func(c *conn) error {
		k, err := e.facts(ctx, c)
		if err != nil {
			return err
		}
		hypopg, hides, made = k.hypopg, k.hides, k.product
		p, err = readPlace(ctx, c, e.to.database)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := append(e.wayCaveats(p), made.caveats()...)
	if text := db.ClockText(time.Duration(e.ahead.Load())); text != "" {
		out = append(out, db.Caveat{Name: "clock", Text: text, Do: "set both clocks by NTP"})
	}
	if hypopg != "" && !hides {
		out = append(out, db.Caveat{Name: "HypoPG", Text: whyNoHiding(hypopg), Do: "ALTER EXTENSION hypopg UPDATE, once a newer package is installed"})
	}
	return out, nil
}

func (e *Engine) wayCaveats(p place) (out []db.Caveat) {
	if e.pooled.Load() {
		out = append(out, db.Caveat{Name: "pooler", Text: "a pooler stands between: nothing is prepared, limits are set in each transaction, and indexes are neither built nor dropped through it", Do: "to apply: " + direct(p)})
	}
	if p.Replica {
		out = append(out, db.Caveat{Name: "replica", Text: "the server is a replica in recovery: it is read, and cannot be changed", Do: "to apply: " + primary(p)})
	}
	return out
}

func (p product) caveats() []db.Caveat {
	if p.Untried == "" {
		return nil
	}
	return []db.Caveat{{Name: "product", Text: p.Name + ": " + p.Untried}}
}

// direct and primary say where a change has to go.
func direct(p place) string {
	if p.Direct == "" {
		return "attach to the server itself: postgres://HOST:5432/DATABASE instead of the pooler's address"
	}
	return "attach to the server itself: " + p.Direct
}

func primary(p place) string {
	if p.Primary == "" {
		return "attach to its primary (primary_conninfo names it)"
	}
	return "attach to its primary, " + p.Primary
}

func whyNoHiding(version string) string {
	return "HypoPG " + version + " cannot hide an index (version 1.4 can): whether a redundant index may go is judged by rule, not tried"
}
