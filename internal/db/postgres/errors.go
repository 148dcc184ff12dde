package postgres

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"mltop/internal/db"
)

// A Problem says what is wrong with a server, or with our way to it.
type Problem string

// The problems that have a name.
const (
	ProblemUnreachable Problem = "unreachable"
	ProblemPassword    Problem = "wrong password"
	ProblemUser        Problem = "not let in"
	ProblemNoDatabase  Problem = "no such database"
	ProblemFull        Problem = "too many clients"
	ProblemStarting    Problem = "starting up"
	ProblemStopping    Problem = "shutting down"
	ProblemTLS         Problem = "tls"
	ProblemDenied      Problem = "no permission"
	ProblemLocked      Problem = "locked"
	ProblemTimeout     Problem = "took too long"
	ProblemPooler      Problem = "pooler"
	ProblemReplica     Problem = "replica"
	ProblemProduct     Problem = "another product"
)

// A ServerError says what is wrong where, and what to do about it.
type ServerError struct {
	Problem Problem
	Where   string
	What    string
	Do      string // in the imperative; "" when there is nothing to do but wait
	Err     error
}

func (e *ServerError) Error() string {
	s := fmt.Sprintf("%s: %s", e.Where, e.What)
	if e.Do != "" {
		s += ": " + e.Do
	}
	return s
}

func (e *ServerError) Unwrap() error { return e.Err }

// Is makes the shared errors of package db recognisable.
func (e *ServerError) Is(target error) bool {
	return target == db.ErrBusy && e.Problem == ProblemLocked
}

// passes reports whether waiting helps.
func (e *ServerError) passes() bool {
	switch e.Problem {
	case ProblemFull, ProblemStarting, ProblemStopping, ProblemLocked, ProblemTimeout:
		return true
	}
	return false
}

// ofQuestion reports a question that met a lock, or its time limit: the server
// itself is well.
func (e *ServerError) ofQuestion() bool {
	return e.Problem == ProblemLocked || e.Problem == ProblemTimeout
}

// codeOf is PostgreSQL's code of an error; "" if it is none of its own.
func codeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// The codes that are told apart, from PostgreSQL's appendix A.
const (
	codeProtocol      = "08P01"
	codePassword      = "28P01"
	codeAuthorization = "28000"
	codeNoDatabase    = "3D000"
	codeNoParameter   = "42704"
	codeDenied        = "42501"
	codeNoFunction    = "42883"
	codeNoTable       = "42P01"
	codeTooMany       = "53300"
	codeLock          = "55P03"
	codeCanceled      = "57014"
	codeAdminShutdown = "57P01"
	codeCrashShutdown = "57P02"
	codeCannotConnect = "57P03"
)

// explain turns an error into one that says what, where and what to do.
// Errors about a statement pass through.
func (t target) explain(err error) error {
	var known *ServerError
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &ServerError{Where: t.String(), Err: err}
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return t.explainConnect(e, err)
	}
	switch server.Code {
	case codePassword:
		e.Problem, e.What, e.Do = ProblemPassword, "the password for "+t.user+" is wrong", "give it by PGPASSWORD, --password-file or ~/.pgpass"
	case codeAuthorization:
		if plainRefused(server.Message) {
			e.Problem, e.What, e.Do = ProblemTLS, "the server lets "+t.user+" in by TLS alone ("+server.Message+")", "leave sslmode=disable away: ?sslmode=verify-full, with ?sslrootcert=FILE for an authority of your own"
			break
		}
		e.Problem, e.What, e.Do = ProblemUser, "the server does not let "+t.user+" in ("+server.Message+")", "check the user's name and pg_hba.conf"
	case codeNoDatabase:
		e.Problem, e.What, e.Do = ProblemNoDatabase, "there is no such database", "check its name"
	case codeTooMany:
		e.Problem, e.What, e.Do = ProblemFull, "too many clients: every connection the server allows is taken ("+server.Message+")", t.makeRoom(server.Message)
	case codeCannotConnect:
		e.Problem, e.What = ProblemStarting, "is starting up or recovering ("+server.Message+")"
	case codeAdminShutdown, codeCrashShutdown:
		e.Problem, e.What = ProblemStopping, "ended our session ("+server.Message+")"
	case codeDenied:
		e.Problem, e.What, e.Do = ProblemDenied, server.Message, first(grantFor(server.Message, t.user), server.Hint)
	case codeLock:
		e.Problem, e.What = ProblemLocked, "what was asked for is locked by another session"
	case codeCanceled:
		e.Problem, e.What = ProblemTimeout, "a question took too long ("+server.Message+")"
	default:
		return err
	}
	return e
}

// explainConnect names what keeps us from the server.
func (t target) explainConnect(e *ServerError, err error) error {
	text := err.Error()
	var connect *pgconn.ConnectError
	switch {
	case strings.Contains(text, "tls") || strings.Contains(text, "x509") || strings.Contains(text, "TLS"):
		e.Problem = ProblemTLS
		e.What, e.Do = explainTLS(err)
	case errors.As(err, &connect):
		e.Problem, e.What, e.Do = ProblemUnreachable, "cannot be reached: "+lastCause(err), "check that the server runs and listens there"
	case strings.Contains(text, "EOF") || strings.Contains(text, "conn closed") || strings.Contains(text, "broken pipe") || strings.Contains(text, "connection reset") || strings.Contains(text, "bad connection"):
		e.Problem, e.What = ProblemUnreachable, "the connection broke: "+lastCause(err)
	default:
		return err
	}
	return e
}

// lastCause is the innermost error's text: the driver's own around it repeat
// the target.
func lastCause(err error) string {
	for {
		if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 0 {
			err = joined.Unwrap()[0]
			continue
		}
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// makeRoom is what to do about a limit, by the server's own words about which.
func (t target) makeRoom(message string) string {
	switch {
	case strings.Contains(message, "for role"):
		return "the limit is the user's own: ALTER ROLE " + quote(t.user) + " CONNECTION LIMIT raises it"
	case strings.Contains(message, "for database"):
		return "the limit is the database's own: ALTER DATABASE " + quote(t.database) + " CONNECTION LIMIT raises it"
	case strings.Contains(message, "reserved"):
		return "max_connections is reached, and the slots left (superuser_reserved_connections, reserved_connections) are for superusers and members of pg_use_reserved_connections: attach as one, and end idle sessions"
	}
	return "max_connections is reached, and superuser_reserved_connections with it: end idle sessions on the server itself; a pooler in front, or a higher max_connections (a restart), for good"
}

// plainRefused tells a pg_hba.conf that takes no plain connection from one
// that does not know us.
func plainRefused(message string) bool {
	return strings.Contains(message, "no encryption") || strings.Contains(message, "SSL off")
}

// explainTLS says what is wrong with the server's certificate, and what to do.
func explainTLS(err error) (what, do string) {
	var expired x509.CertificateInvalidError
	var name x509.HostnameError
	const risk = "take the risk with ?sslmode=require"
	switch {
	case errors.As(err, &name):
		return "its certificate is not for this name: " + name.Error(), "use a name that it is for, or verify the authority alone by ?sslmode=verify-ca"
	case errors.As(err, &expired) && expired.Reason == x509.Expired:
		return "its certificate has expired, or is not valid yet: " + expired.Error(), "renew it on the server, or " + risk
	case strings.Contains(err.Error(), "refused TLS"):
		return "the server offers no TLS", "switch it on (ssl = on), or accept plain text by ?sslmode=disable"
	}
	return "no verified TLS: " + lastCause(err), "name the authority by ?sslrootcert=FILE, or " + risk
}

// refusesParameters tells a pooler that takes no settings at the start of a
// session, and a fork that does not know all of ours.
func refusesParameters(err error) bool {
	return codeOf(err) == codeProtocol && strings.Contains(err.Error(), "startup parameter") || codeOf(err) == codeNoParameter
}
