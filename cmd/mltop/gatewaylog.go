package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/gateway"
	"mltop/internal/gateway/rowlog"
)

// logPlaces fills in where the request log and its spill file lie, where
// nobody said so: in the state folder, by the gateway's address.
func (r *gatewayRun) logPlaces(cfg *gateway.Config) {
	l := &cfg.Log
	if l.Target == rowlog.Off {
		return
	}
	dir := filepath.Join(r.o.paths.State, "gateway")
	if l.Target == "" {
		l.Target = filepath.Join(dir, strings.NewReplacer(":", "-", "[", "", "]", "").Replace(cfg.Listen)+".db")
		r.usualLog = l.Target
	}
	if l.Spill == "" {
		sum := sha256.Sum256([]byte(cfg.Listen + " " + r.w.secrets.restore(l.Target) + " " + l.Table))
		l.Spill = filepath.Join(dir, "spill-"+hex.EncodeToString(sum[:6]))
	}
}

// openLog begins the request log. One that nobody asked for, and that cannot
// be had, is done without.
func (r *gatewayRun) openLog(ctx context.Context) error {
	rule := r.g.Config().Log
	if rule.Target == rowlog.Off {
		return nil
	}
	err := r.makeLogFolder()
	var t rowlog.Target
	if err == nil {
		t, err = r.logTarget(rule.Target)
	}
	if err == nil {
		r.log, err = rowlog.Open(ctx, t, rule, r.tell)
	}
	if err != nil && rule.Target == r.usualLog {
		r.say("no request log: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	r.g.LogTo(r.log)
	bound := "it grows without bound: log.keep sets one"
	if rule.Keep != (rowlog.KeepRule{}) {
		bound = "old rows are deleted"
	}
	r.say("request log %s (%s)", t.Name, bound)
	return errors.Join(r.o.paths.Settle())
}

func (r *gatewayRun) makeLogFolder() error {
	if err := r.o.paths.MakeState(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.o.paths.State, "gateway"), 0o700); err != nil {
		return fmt.Errorf("make the gateway's folder: %w", err)
	}
	return nil
}

// logTarget is what a file's name or a URL leads to.
func (r *gatewayRun) logTarget(given string) (rowlog.Target, error) {
	given = r.w.secrets.restore(given)
	if !isServer(given) {
		return rowlog.Target{Kind: rowlog.SQLite, Name: given, Path: given}, nil
	}
	t, err := parseTarget(given)
	if err != nil {
		return rowlog.Target{}, err
	}
	password, err := r.o.givenPassword(t.engine)
	if err != nil {
		return rowlog.Target{}, err
	}
	out := rowlog.Target{Kind: rowlog.Postgres, Name: withoutPassword(given)}
	if t.engine == mysqlServer {
		out.Kind = rowlog.MariaDB
		out.Connect, _, err = mysql.Connector(given, mysql.Options{Password: password})
	} else {
		out.Connect, _, err = postgres.Connector(given, postgres.Options{Password: password})
	}
	if err != nil {
		return out, fmt.Errorf("open the request log: %w", err)
	}
	return out, nil
}

// tell says what changed, on stderr and among the events.
func (r *gatewayRun) tell(text string) {
	if !r.quiet.Load() {
		r.say("%s", text)
	}
	r.g.Note(text)
}

// leastFlush is what the log's last rows get when requests took all the time
// that there was for the stop.
const leastFlush = 5 * time.Second

func (r *gatewayRun) closeLog(ctx context.Context) error {
	if r.log == nil {
		return nil
	}
	if end, ok := ctx.Deadline(); ctx.Err() != nil || ok && time.Until(end) < leastFlush {
		var cancel func()
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), leastFlush)
		defer cancel()
	}
	return errors.Join(r.log.Close(ctx), r.o.paths.Settle())
}
