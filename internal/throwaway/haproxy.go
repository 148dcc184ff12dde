package throwaway

import (
	"fmt"
	"net"
	"strings"
	"time"
)

// HAProxyOptions say what a throw-away HAProxy does.
type HAProxyOptions struct {
	Backends string // as in haproxy.cfg; the first one has to be called app
	Defaults string // further lines of the section
	Reloads  bool   // it runs under a master, which SIGUSR2 has read the file again
}

// HAProxy starts one in HTTP mode that takes requests for its backend app at
// Port, and commands at Socket.
func HAProxy(o HAProxyOptions) (*Server, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	return start(program{
		name: "HAProxy", pkg: "haproxy", paths: []string{"haproxy", "/usr/sbin/haproxy"}, users: []string{"haproxy", "nobody"}, stop: "TERM",
		prepare: func(s *Server) []string {
			s.Socket = s.Dir + "/haproxy.sock"
			return []string{"/bin/sh", "-c", `printf %s "$1" >haproxy.cfg`, "write", o.Text(s)}
		},
		serve: func(s *Server) []string {
			argv := []string{s.binary, "-db", "-f", s.Dir + "/haproxy.cfg"}
			if o.Reloads {
				argv[1] = "-W"
			}
			return argv
		},
		ready: func(s *Server) error {
			c, err := net.DialTimeout("unix", s.Socket, time.Second)
			if err != nil {
				return err
			}
			return c.Close()
		},
	}, &Server{Port: port})
}

// Text is the file that HAProxy reads.
func (o HAProxyOptions) Text(s *Server) string {
	return fmt.Sprintf(`global
  stats socket %s mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  %s
frontend public
  bind 127.0.0.1:%d
  default_backend app
%s
`, s.Socket, strings.ReplaceAll(strings.TrimSpace(o.Defaults), "\n", "\n  "), s.Port, o.Backends)
}
