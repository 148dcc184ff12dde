package main

import (
	"net"
	"net/url"
	"path"
	"slices"
	"strings"
)

// serverTarget reads as much of a server's address as mltop itself needs; the
// engine reads the rest, and says what is wrong with it.
func serverTarget(given string, kind engineKind) target {
	shown := withoutPassword(given)
	return target{given: shown, path: shown, engine: kind, dsn: given, secret: shown != given, remote: leavesMachine(shown)}
}

// isServer reports that an argument is a server's address.
func isServer(arg string) bool {
	scheme, _, ok := strings.Cut(arg, "://")
	return ok && slices.Contains([]string{"mysql", "mariadb", "postgres", "postgresql"}, strings.ToLower(scheme))
}

// withoutPassword takes every secret out of an address: the password before
// the @, and those among its options.
func withoutPassword(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	rest, options, has := strings.Cut(withoutUserSecret(rest), "?")
	if !has {
		return scheme + "://" + rest
	}
	return scheme + "://" + rest + strings.TrimSuffix("?"+publicOptions(options), "?")
}

// withoutUserSecret takes the password out of user:password@host/database. One
// that holds / ? or # unescaped makes the address a wrong one, whose error
// must not show it either: so the last @ counts, wherever it stands.
func withoutUserSecret(rest string) string {
	at := strings.LastIndexByte(rest, '@')
	if u, err := url.Parse("x://" + rest); err == nil && !strings.Contains(u.Path+u.Fragment, "@") && (u.User != nil || !strings.Contains(u.RawQuery, "@")) {
		at = strings.LastIndexByte(rest[:len(rest)-len(afterHost(rest))], '@')
	}
	if at < 0 {
		return rest
	}
	user, _, _ := strings.Cut(rest[:at], ":")
	return user + rest[at:]
}

// afterHost is the path, options and fragment of what follows the scheme.
func afterHost(rest string) string {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[i:]
	}
	return ""
}

// publicOptions leaves out those that are secrets, in PostgreSQL's words.
func publicOptions(options string) string {
	var kept []string
	for _, o := range strings.Split(options, "&") {
		name, _, _ := strings.Cut(o, "=")
		if name, err := url.QueryUnescape(name); err == nil && !strings.Contains(strings.ToLower(name), "passw") {
			kept = append(kept, o)
		}
	}
	return strings.Join(kept, "&")
}

// leavesMachine reports whether an address leads to another machine. One that
// names no host leads to a socket, or where the user's own files say.
func leavesMachine(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	hosts := u.Host
	if h := u.Query().Get("host"); h != "" {
		hosts = h
	}
	if u.Query().Get("socket") != "" {
		hosts = ""
	}
	for _, h := range strings.Split(hosts, ",") {
		if !loopback(h) {
			return true
		}
	}
	return false
}

func loopback(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return host == "" || host[0] == '/' || host[0] == '@' || strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// serverName is what to call a server's database: its name, or its host's.
func serverName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if name := path.Base(u.Path); name != "." && name != "/" {
		return name
	}
	if u.Hostname() != "" {
		return u.Hostname()
	}
	return u.Scheme
}
