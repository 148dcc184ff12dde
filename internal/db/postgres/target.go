package postgres

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A target is where a database is, in words that hold no secret.
type target struct {
	host, port, database, user string
	sslmode, sslrootcert       string // as the target or we say them; "": nobody does
}

func (t target) String() string {
	if strings.HasPrefix(t.host, "/") {
		return fmt.Sprintf("%s at %s", t.database, filepath.Join(t.host, ".s.PGSQL."+t.port))
	}
	return fmt.Sprintf("%s at %s", t.database, net.JoinHostPort(t.host, t.port))
}

// parseTarget reads a target as libpq would, with two differences: over the
// network TLS is verified unless the target says otherwise, and passwords come
// from more places. No error holds the target's text: it may hold a password.
func parseTarget(dsn string, o Options) (target, *pgx.ConnConfig, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return target{}, nil, errors.New("the address is not of the form postgres://user@host:port/database")
	}
	q := u.Query()
	if q.Get("sslmode") == "" && os.Getenv("PGSSLMODE") == "" && remote(u) {
		q.Set("sslmode", "verify-full")
		if q.Get("sslrootcert") == "" && os.Getenv("PGSSLROOTCERT") == "" {
			q.Set("sslrootcert", "system")
		}
	}
	u.RawQuery = q.Encode()
	cfg, err := pgx.ParseConfig(u.String())
	if err != nil {
		return target{}, nil, errors.New("the address cannot be read: " + withoutSecrets(err, u))
	}
	if err := addPassword(cfg, u, o); err != nil {
		return target{}, nil, err
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec                             // nothing is prepared: a pooler may stand between
	cfg.StatementCacheCapacity, cfg.DescriptionCacheCapacity = keptStatements, 0 // see conn.keeps
	cfg.RuntimeParams["application_name"] = applicationName
	return target{cfg.Host, fmt.Sprint(cfg.Port), cfg.Database, cfg.User, q.Get("sslmode"), q.Get("sslrootcert")}, cfg, nil
}

// keptStatements is room for what is asked at every tick.
const keptStatements = 16

// applicationName is how others see us in pg_stat_activity.
const applicationName = "mltop"

// withoutSecrets is why a target could not be read; the driver repeats the
// target, and hides only what it takes for a password.
func withoutSecrets(err error, u *url.URL) string {
	for e := err; e != nil; e = errors.Unwrap(e) {
		err = e
	}
	text := err.Error()
	if password, ok := u.User.Password(); ok && password != "" {
		text = strings.ReplaceAll(text, password, "***")
	}
	return text
}

// remote reports whether the way leads over a network.
func remote(u *url.URL) bool {
	hosts := u.Query().Get("host")
	if hosts == "" {
		hosts = u.Host
	}
	if hosts == "" {
		hosts = os.Getenv("PGHOST")
	}
	for _, h := range strings.Split(hosts, ",") {
		if !local(h) {
			return true
		}
	}
	return false
}

func local(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return host == "" || strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// addPassword fills in a password that the target does not hold. The driver
// has looked in PGPASSWORD and ~/.pgpass already.
func addPassword(cfg *pgx.ConnConfig, u *url.URL, o Options) error {
	if _, ok := u.User.Password(); ok || u.Query().Get("password") != "" {
		return nil
	}
	password := o.Password
	if password == "" {
		password = os.Getenv("PGPASSWORD")
	}
	if password == "" {
		password = os.Getenv("MLTOP_PASSWORD")
	}
	if password == "" && o.PasswordFile != "" {
		text, err := os.ReadFile(o.PasswordFile)
		if err != nil {
			return fmt.Errorf("read the password file: %w", err)
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	if password != "" {
		cfg.Password = password
	}
	return nil
}
