package loadtest

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// An Origin is where requests go.
type Origin struct {
	TLS        bool
	Host, Port string
}

// String is the beginning of its URLs.
func (o Origin) String() string {
	if o.TLS {
		return "https://" + o.authority()
	}
	return "http://" + o.authority()
}

// authority is what a Host header says: a usual port is left out.
func (o Origin) authority() string {
	host := o.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if o.TLS && o.Port == "443" || !o.TLS && o.Port == "80" {
		return host
	}
	return host + ":" + o.Port
}

// ParseURL takes a URL apart into where it goes and what is asked there. A
// fragment is not sent; a user and password are refused, because they would
// be written everywhere.
func ParseURL(text string) (Origin, string, error) {
	u, err := url.Parse(text)
	if bad := (*url.Error)(nil); errors.As(err, &bad) {
		err = bad.Err // its own words say the text once more
	}
	if err != nil {
		return Origin{}, "", fmt.Errorf("%q is no URL: %w", text, err)
	}
	o := Origin{TLS: u.Scheme == "https", Host: u.Hostname(), Port: u.Port()}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return o, "", fmt.Errorf("%q does not begin with http:// or https://", text)
	case o.Host == "":
		return o, "", fmt.Errorf("%q names no host", text)
	case u.User != nil:
		return o, "", fmt.Errorf("%s: give user and password in an Authorization header, not in the URL", u.Redacted())
	}
	if n, err := strconv.Atoi(o.Port); o.Port != "" && (err != nil || n < 1 || n > lastPort) {
		return o, "", fmt.Errorf("%q: there is no port %s, the last one is %d", text, o.Port, lastPort)
	}
	if o.Port == "" {
		o.Port = map[bool]string{true: "443", false: "80"}[o.TLS]
	}
	path := target(text)
	if !sendable(path) {
		return o, "", fmt.Errorf("%q holds a space or a control character: %%20 is a space", text)
	}
	return o, path, nil
}

// lastPort of TCP (RFC 9293, 3.1: sixteen bits).
const lastPort = 1<<16 - 1

// sendable reports a text that can stand in the first line of a request.
func sendable(path string) bool {
	return strings.IndexFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f }) < 0
}

// target is path and query as they were written: a load test sends what it
// was given, and does not tidy it.
func target(text string) string {
	_, rest, _ := strings.Cut(text, "://")
	rest, _, _ = strings.Cut(rest, "#")
	i := strings.IndexAny(rest, "/?")
	switch {
	case i < 0:
		return "/"
	case rest[i] == '?':
		return "/" + rest[i:]
	}
	return rest[i:]
}
