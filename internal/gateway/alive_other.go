//go:build !linux

package gateway

import "net"

// mayReuse does not look here: a request that must not be sent twice gets a
// connection of its own.
func mayReuse(_ net.Conn, repeatable bool) bool { return repeatable }
