package mysql

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	driversql "github.com/go-sql-driver/mysql"

	"mltop/internal/db"
)

// Error numbers that are told apart, from the servers' lists
// (mariadb.com/kb/en/mariadb-error-code-reference,
// dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html).
const (
	codeTooManyConnections = 1040
	codeDatabaseDenied     = 1044
	codeAccessDenied       = 1045
	codeUnknownDatabase    = 1049
	codeDuplicateName      = 1061
	codeDuplicate          = 1062
	codeTableDenied        = 1142
	codeUnknownVariable    = 1193
	codeUserConnections    = 1203
	codeGlobalVariable     = 1229
	codeLockTimeout        = 1205
	codeDeadlock           = 1213
	codeUserResource       = 1226
	codeSpecificDenied     = 1227
	codeInterrupted        = 1317
	codeNoAlgorithm        = 1845
	codeNoAlgorithmReason  = 1846
	codeNoReferenced       = 1452
	codeTimedOutMariaDB    = 1969
	codeTimedOutMySQL      = 3024
	codeXADenied           = 1401
	codePlainRefused       = 3159
)

// codeOf is the server's number of an error; 0 if it is none of the server's.
func codeOf(err error) int {
	var e *driversql.MySQLError
	if errors.As(err, &e) {
		return int(e.Number)
	}
	return 0
}

// A Problem is a named way in which a server cannot be read.
type Problem string

// The problems.
const (
	ProblemUnreachable Problem = "unreachable"
	ProblemPassword    Problem = "wrong password"
	ProblemDenied      Problem = "permission denied"
	ProblemFull        Problem = "too many connections"
	ProblemNoDatabase  Problem = "no such database"
	ProblemTLS         Problem = "not trusted"
	ProblemLost        Problem = "connection lost"
	ProblemReplica     Problem = "replica"
)

// A ServerError says what is wrong with the server, and what to do about it.
type ServerError struct {
	Problem Problem
	Server  string // never with a password
	What    string
	Do      string
	Err     error
}

func (e *ServerError) Error() string {
	s := e.Server + " " + e.What
	if e.Do != "" {
		s += ": " + e.Do
	}
	return s
}

func (e *ServerError) Unwrap() error { return e.Err }

// explainError turns an error at a server into one that says what, where and
// what to do. Errors that are not about the server pass through.
func explainError(t target, err error) error {
	var known *ServerError
	if err == nil || errors.As(err, &known) {
		return err
	}
	switch codeOf(err) {
	case codeTooManyConnections, codeUserConnections, codeUserResource:
		return full(t, err)
	case codeAccessDenied:
		do := "check MLTOP_PASSWORD, --password-file or ~/.my.cnf, and from which host the user may come"
		if t.socket == "" && t.mode() == tlsDisabled { // MariaDB tells the two apart no further
			do += "; a server that takes TLS alone (require_secure_transport) says the same to plain text: try ?ssl-mode=verify-identity"
		}
		return &ServerError{ProblemPassword, t.String(), "refuses the user or the password", do, err}
	case codeDatabaseDenied, codeTableDenied, codeSpecificDenied:
		return denied(t, err)
	case codePlainRefused:
		return &ServerError{ProblemTLS, t.String(), "lets the user in by TLS alone (require_secure_transport)", "?ssl-mode=verify-identity, with ?ssl-ca=FILE for an authority of your own", err}
	case codeUnknownDatabase:
		return &ServerError{ProblemNoDatabase, t.String(), "has no such database", "SHOW DATABASES lists those that the user may see", err}
	case codeLockTimeout, codeDeadlock:
		return busy{err}
	case 0:
		return explainNetwork(t, err)
	}
	return err
}

// A busy error is a lock that another session holds.
type busy struct{ error }

func (e busy) Unwrap() error { return e.error }

func (busy) Is(target error) bool { return target == db.ErrBusy }

// full names the way in that is left: MariaDB and MySQL keep one more
// connection for an administrator, and may have a port of its own for them.
func full(t target, err error) error {
	do := "the server keeps one connection more than max_connections for a user with the privilege CONNECTION ADMIN (MariaDB) or CONNECTION_ADMIN (MySQL; SUPER in both): attach as that user, or by extra_port / admin_port, and end idle sessions"
	if codeOf(err) != codeTooManyConnections {
		do = "the limit is the user's own (max_user_connections): attach as another user"
	}
	return &ServerError{ProblemFull, t.String(), "has no connection left", do, err}
}

func explainNetwork(t target, err error) error {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		cert      *tls.CertificateVerificationError
		op        *net.OpError
	)
	switch {
	case errors.As(err, &name):
		return &ServerError{ProblemTLS, t.String(), "shows a certificate that is not for this name (" + name.Error() + ")", "use a name that it is for, or verify the authority alone by ?ssl-mode=verify-ca", err}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &ServerError{ProblemTLS, t.String(), "shows a certificate that has expired, or is not valid yet (" + invalid.Error() + ")", "renew it on the server, or take the risk with ?ssl-mode=required", err}
	case errors.As(err, &authority), errors.As(err, &cert), errors.As(err, &invalid):
		return &ServerError{ProblemTLS, t.String(), "shows a certificate that is not trusted (" + err.Error() + ")", "give ?ssl-ca=FILE, or ?ssl-mode=required to encrypt without verifying", err}
	case errors.Is(err, driversql.ErrNoTLS):
		return &ServerError{ProblemTLS, t.String(), "offers no TLS", "switch it on, or accept plain text by ?ssl-mode=disabled", err}
	case errors.As(err, &op) && op.Op == "dial":
		return &ServerError{ProblemUnreachable, t.String(), "cannot be reached (" + op.Err.Error() + ")", "is the server running, and the address right?", err}
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, driversql.ErrInvalidConn), errors.Is(err, io.EOF):
		return &ServerError{ProblemLost, t.String(), "ended the connection", "", err}
	}
	return err
}
