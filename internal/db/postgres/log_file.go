package postgres

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mltop/internal/db"
)

// Words of how a server is made to log statements.
const (
	whyNotLogged = "log_min_duration_statement is off as well: ALTER SYSTEM SET log_min_duration_statement = 100; SELECT pg_reload_conf() begins it"
	giveItByHand = "--slow-log FILE reads it where it lies"
)

// logPath finds the file that the server writes its log to, which must be one
// of this machine.
func (e *Engine) logPath(ctx context.Context, c *conn, s logSettings) (string, error) {
	switch {
	case !local(e.to.host):
		return "", db.NotMeasuredf("the server's log is a file on its own machine: mltop there reads it, or --slow-log FILE a copy of it here")
	case !onSocket(e.to.host) && !isPostgres(s.PID):
		return "", db.NotMeasuredf("the server's log is on its own machine, as it seems: behind %s no server process of this one answers; %s", e.to.host, giveItByHand)
	case s.Collected:
		return e.collectedPath(ctx, c, s)
	case !strings.Contains(s.To, "stderr"):
		return "", db.NotMeasuredf("the server's log goes to %s, which is not read", s.To)
	}
	if path := outputOf(s.PID); path != "" {
		return path, nil
	}
	if path := debianLog(s.Cluster); path != "" {
		return path, nil
	}
	return "", db.NotMeasuredf("the server's log goes to where its start script leads it (logging_collector is off): %s", giveItByHand)
}

// collectedPath asks for the file that the server writes at present; of its
// forms the one that leaves the least to guess.
func (e *Engine) collectedPath(ctx context.Context, c *conn, s logSettings) (string, error) {
	if !s.MayAsk {
		return "", db.NotMeasuredf("the server does not tell this user where its log is: GRANT pg_monitor TO %s", quote(e.to.user))
	}
	for _, form := range []string{formJSON, formCSV, formStderr} {
		if !strings.Contains(s.To, form) {
			continue
		}
		var path string
		if err := c.row(ctx, "SELECT /* mltop */ coalesce(pg_current_logfile($1), '')", []any{form}, &path); err != nil {
			return "", fmt.Errorf("ask for the server's log: %w", err)
		}
		if path == "" {
			continue
		}
		if !filepath.IsAbs(path) {
			if s.Folder == "" {
				return "", db.NotMeasuredf("the server's log is %s in a folder that this user is not told: GRANT pg_read_all_settings TO %s", path, quote(e.to.user))
			}
			path = filepath.Join(s.Folder, path)
		}
		return path, nil
	}
	return "", db.NotMeasuredf("the server has begun no log file")
}

// onSocket: who is behind a loopback address may be at the end of a tunnel.
func onSocket(host string) bool { return strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") }

// isPostgres reports whether a process of this machine is one of a server's.
func isPostgres(pid int64) bool {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	return err == nil && strings.TrimSpace(string(name)) == "postgres"
}

// outputOf is the file that a server process on this machine writes its errors
// to; "" where that is none, or not to be seen.
func outputOf(pid int64) string {
	if !isPostgres(pid) {
		return ""
	}
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/2", pid))
	if err != nil || !filepath.IsAbs(path) || strings.HasPrefix(path, "/dev/") {
		return ""
	}
	return path
}

// debianLog is where Debian's scripts lead the errors of a cluster, which they
// name "15/main"; "" where there is no such file.
func debianLog(cluster string) string {
	version, name, ok := strings.Cut(cluster, "/")
	if !ok || strings.ContainsAny(cluster, "\\ ") || strings.Contains(cluster, "..") || strings.Contains(name, "/") {
		return ""
	}
	path := "/var/log/postgresql/postgresql-" + version + "-" + name + ".log"
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return path
}
