package loadtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// A fault is a request that failed, in words that are the same for all that
// failed alike: no ports and no addresses of our own.
type fault struct {
	kind    string
	message string
}

func (f *fault) Error() string { return f.message }

// The kinds of faults.
const (
	kindRefused     = "refused"     // nobody listens
	kindUnreachable = "unreachable" // no way there
	kindReset       = "reset"       // the other end broke the connection off
	kindClosed      = "closed"      // it was closed without an answer
	kindHalf        = "half"        // … in the middle of an answer
	kindTimeout     = "timeout"
	kindTLS         = "tls"
	kindProtocol    = "protocol" // the answer is no HTTP
	kindRedirect    = "redirect"
	kindGate        = "gate" // a redirect to where the test may not send
	kindStatus      = "status"
	kindCheck       = "check"
	kindVariable    = "variable"
	kindPorts       = "ports" // of this machine
	kindFiles       = "files" // that this process may have open
	kindOther       = "other"
)

// sideOf says where a kind of fault comes from: the client is this machine
// and the scenario, the server is what answers.
func sideOf(kind string) string {
	switch kind {
	case kindVariable, kindPorts, kindFiles, kindGate:
		return "client"
	case kindUnreachable:
		return "network"
	case kindOther:
		return "unknown"
	}
	return "server"
}

// faultOf puts an error of the network into a kind. doing says what was
// attempted: "connect", "send", "read".
func faultOf(err error, doing string) *fault {
	var f *fault
	if errors.As(err, &f) {
		return f
	}
	if kind, message := byNumber(err); kind != "" {
		return &fault{kind, message}
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), timedOut(err):
		return &fault{kindTimeout, timeoutMessage(doing)}
	case isTLS(err):
		return &fault{kindTLS, plainTLS(err)}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &fault{kindHalf, "the connection was closed in the middle of the answer"}
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed):
		return &fault{kindClosed, "the connection was closed without an answer"}
	}
	return &fault{kindOther, doing + ": " + err.Error()}
}

func timeoutMessage(doing string) string {
	switch doing {
	case "connect":
		return "no connection within the timeout"
	case "send":
		return "the request was not taken within the timeout"
	}
	return "no whole answer within the timeout"
}

func byNumber(err error) (kind, message string) {
	var n syscall.Errno
	if !errors.As(err, &n) {
		return "", ""
	}
	switch n {
	case syscall.ECONNREFUSED:
		return kindRefused, "the connection was refused: nobody listens there"
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED:
		return kindReset, "the connection was reset by the other end"
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN:
		return kindUnreachable, "there is no way to the host: " + n.Error()
	case syscall.ETIMEDOUT:
		return kindTimeout, "the host did not answer: " + n.Error()
	case syscall.EADDRNOTAVAIL, syscall.EADDRINUSE:
		return kindPorts, "this machine has no port left to connect from: reuse connections, or send less"
	case syscall.EMFILE, syscall.ENFILE:
		return kindFiles, "this process may open no more files: raise ulimit -n, or use fewer connections"
	}
	return "", ""
}

func timedOut(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func isTLS(err error) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var verify *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var alarm *net.OpError
	if errors.As(err, &alarm) && (alarm.Op == "remote error" || alarm.Op == "local error") { // as crypto/tls calls alerts
		return true
	}
	return errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &verify) || errors.As(err, &unknown)
}

func plainTLS(err error) string {
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) {
		return "the certificate is not trusted: " + verify.Err.Error()
	}
	return "tls: " + err.Error()
}
