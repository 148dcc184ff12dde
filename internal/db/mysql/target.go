package mysql

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// A target is which server and database, and as whom. It is never printed
// whole: Password is a secret.
type target struct {
	user, password string
	hasPassword    bool // one was given, if only an empty one
	host, port     string
	socket         string
	database       string
	tls            tlsMode
	ca             string // file of certificates to trust; "": the system's
	account        string // as a GRANT names us; "": the server did not say yet
	readDefaults   bool   // the user's option file may fill what is missing
}

// A tlsMode says how the connection is protected, in MySQL's own words.
type tlsMode string

const (
	tlsUnset     tlsMode = ""
	tlsDisabled  tlsMode = "disabled"
	tlsPreferred tlsMode = "preferred"
	tlsRequired  tlsMode = "required"        // encrypted, and nobody verified
	tlsVerifyCA  tlsMode = "verify-ca"       // the certificate, not the name
	tlsVerify    tlsMode = "verify-identity" // the default beyond this machine
)

// parseTarget reads mysql://user:password@host:port/database?socket=…; its
// errors hold nothing of the text, which may hold a password.
func parseTarget(dsn string) (target, error) {
	scheme, _, ok := strings.Cut(dsn, "://")
	if !ok || scheme != "mysql" && scheme != "mariadb" {
		return target{}, errors.New("not a mysql:// or mariadb:// address")
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return target{}, errors.New("the address cannot be read: write mysql://user@host:3306/database, and special signs of a password as %XX")
	}
	t := target{host: u.Hostname(), port: u.Port(), database: strings.TrimPrefix(u.Path, "/"), user: u.User.Username(), readDefaults: true}
	t.password, t.hasPassword = u.User.Password()
	if strings.Contains(t.database, "/") {
		return target{}, fmt.Errorf("%q is not the name of a database", t.database)
	}
	return t, t.options(u.Query())
}

// options reads what stands behind the ?.
func (t *target) options(q url.Values) error {
	for name, v := range q {
		value := v[len(v)-1]
		switch strings.ReplaceAll(strings.ToLower(name), "_", "-") {
		case "socket":
			t.socket = value
		case "ssl-ca":
			t.ca = value
		case "tls", "ssl-mode", "sslmode":
			mode, err := readTLSMode(value)
			if err != nil {
				return err
			}
			t.tls = mode
		default:
			return fmt.Errorf("the address has an option %q that mltop does not know: socket, ssl-mode, ssl-ca", name)
		}
	}
	return nil
}

func readTLSMode(s string) (tlsMode, error) {
	switch m := tlsMode(strings.ReplaceAll(strings.ToLower(s), "_", "-")); m {
	case tlsDisabled, tlsPreferred, tlsRequired, tlsVerifyCA, tlsVerify:
		return m, nil
	case "false", "0":
		return tlsDisabled, nil
	case "true", "1", "verify-full":
		return tlsVerify, nil
	}
	return "", fmt.Errorf("ssl-mode %q is none of disabled, preferred, required, verify-ca, verify-identity", s)
}

// local reports whether nothing leaves this machine.
func (t target) local() bool {
	if t.socket != "" || t.host == "" || strings.EqualFold(t.host, "localhost") {
		return true
	}
	ip := net.ParseIP(t.host)
	return ip != nil && ip.IsLoopback()
}

// mode is how the connection is protected: verified unless it stays here, or
// the user said otherwise.
func (t target) mode() tlsMode {
	switch {
	case t.socket != "":
		return tlsDisabled
	case t.tls != tlsUnset:
		return t.tls
	case t.local():
		return tlsDisabled
	}
	return tlsVerify
}

// address is the network and where to dial.
func (t target) address() (network, addr string) {
	if t.socket != "" {
		return "unix", t.socket
	}
	return "tcp", net.JoinHostPort(or(t.host, "127.0.0.1"), or(t.port, "3306"))
}

// String is the target without its secret.
func (t target) String() string {
	_, addr := t.address()
	s := addr
	if t.user != "" {
		s = t.user + "@" + s
	}
	if t.database != "" {
		s += "/" + t.database
	}
	return s
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
