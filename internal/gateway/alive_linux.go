package gateway

import "net"

// mayReuse looks, without waiting, whether an idle connection is open and
// nothing has come on it: what came unasked would be taken for the answer to
// the next request.
func mayReuse(c net.Conn, _ bool) bool {
	q, ok := c.(*quick)
	return !ok || q.isQuiet()
}
