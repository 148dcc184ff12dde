package gateway

import "bytes"

// A connection is what a head says of the connection it came over, and not
// of the message.
type connection struct {
	close, keepAlive, wantsUpgrade bool
	named                          [][]byte // fields that end here too
	upgrade                        []byte
}

// protected fields may not be named in Connection: naming one would take it
// away from a message that somebody else has judged by it.
var protected = []string{
	"host", "content-length", "transfer-encoding", "authorization", "cookie", "set-cookie", "content-type", "cache-control",
	"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-real-ip", "x-request-id", "via", "date",
	"content-encoding", "content-range", "range", "vary", "expect", "connection", "location", "origin",
}

// noteConnection takes in one Connection field.
func (c *connection) noteConnection(value []byte) error {
	for len(value) > 0 {
		var token []byte
		token, value, _ = bytes.Cut(value, []byte{','})
		if token = trim(token); len(token) == 0 {
			continue
		}
		if !allTokens(token) {
			return refuse(400, "Connection holds what is no token")
		}
		if err := c.noteToken(token); err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) noteToken(token []byte) error {
	switch {
	case sameFold(token, "close"):
		c.close = true
	case sameFold(token, "keep-alive"):
		c.keepAlive = true
	case sameFold(token, "upgrade"):
		c.wantsUpgrade = true
	default:
		for _, p := range protected {
			if sameFold(token, p) {
				return refuse(400, "Connection names a field that has to stay")
			}
		}
		c.named = append(c.named, token)
	}
	return nil
}

// websocket reports whether the message asks for the one protocol that is
// passed through. Others are left out of what is passed on: h2c would lead
// past every check.
func (c *connection) websocket() bool { return c.wantsUpgrade && sameFold(c.upgrade, "websocket") }

// hop are fields of one connection: RFC 9110, 7.6.1, and those that a head
// written anew has of its own.
var hop = []string{
	"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
	"http2-settings", "content-length", "proxy-authenticate", "proxy-authorization", "expect",
}

// ends reports whether a field goes no further than this connection. Names
// with _ count as with -: CGI and WSGI make no difference.
func (c *connection) ends(name []byte) bool {
	if isOneOf(name, hop) {
		return true
	}
	for _, n := range c.named {
		if bytes.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// isOneOf compares names without case, and _ as -.
func isOneOf(name []byte, list []string) bool {
	for _, l := range list {
		if len(l) == len(name) && l[0] == name[0]|0x20 && sameName(name, l) {
			return true
		}
	}
	return false
}

func sameName(name []byte, lower string) bool {
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c == '_' {
			c = '-'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
