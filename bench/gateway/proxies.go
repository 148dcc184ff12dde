package main

import (
	"fmt"
	"net"
	"strings"
)

// A kind is a server that can be started. Its program is on PATH, in a Debian
// package of the same name, but for mltop.
type kind struct {
	name    string
	program string
	file    string
	text    func(site) string // what is in the file
	args    func(site) []string
}

func (k kind) binary(o options) string {
	if k.program == "mltop" {
		return o.mltop
	}
	return k.program
}

// A site is where a server is and what it is in front of.
type site struct {
	dir     string
	file    string // its configuration
	listen  string
	admin   string
	origins []string
	caches  bool
	o       options
}

func (w site) port() string {
	_, port, _ := net.SplitHostPort(w.listen) // it came from a listener
	return port
}

// proxies keep connections alive on both sides, tell the origin whom a request
// comes from, and balance by turns.
func proxies() []kind {
	return []kind{mltop(true), haproxy, nginx, caddy}
}

func mltop(logs bool) kind {
	k := kind{name: "mltop", program: "mltop", file: "mltop.yaml", args: func(w site) []string { return []string{"gateway", w.file} }}
	if !logs {
		k.name, k.file = "mltop, no log", "mltop-nolog.yaml"
	}
	k.text = func(w site) string { return mltopText(w, logs) }
	return k
}

func mltopText(w site, logs bool) string {
	text := fmt.Sprintf("listen: %s\nadmin: %s\nbalance: round_robin\nupstreams: [http://%s]\nhealth: {path: /, interval: 1s}\ntimeouts: {idle: 5m}\n",
		w.listen, w.admin, strings.Join(w.origins, ", http://"))
	if logs {
		text += "log: {to: " + w.dir + "/requests-" + w.port() + ".db}\n"
	} else {
		text += "log: off\n"
	}
	if w.caches {
		text += "cache: {size: 64MB}\n"
	}
	return text
}

var haproxy = kind{name: "HAProxy", program: "haproxy", file: "haproxy.cfg",
	args: func(w site) []string { return []string{"-db", "-f", w.file} },
	text: func(w site) string {
		log := ""
		if w.o.logs {
			log = "log stdout format raw local0\n  option httplog"
		}
		return fmt.Sprintf(`global
  nbthread %d
  maxconn %d
  no strict-limits
defaults
  mode http
  %s
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 5m
  timeout http-keep-alive 5m
  timeout server 30s
frontend public
  bind %s backlog 4096
  default_backend app
backend app
  balance roundrobin
  option forwardfor
  option httpchk GET /
  server a %s check inter 1s
  server b %s check inter 1s
`, w.o.threads, w.o.idle+otherFiles, log, w.listen, w.origins[0], w.origins[1])
	}}

// nginx has processes where others have threads, and checks health by the
// requests alone.
var nginx = kind{name: "nginx", program: "nginx", file: "nginx.conf", args: nginxArgs,
	text: func(w site) string {
		log := "off"
		if w.o.logs {
			log = w.dir + "/access.log combined buffer=64k flush=1s"
		}
		return nginxText(w, w.o.threads, log, fmt.Sprintf(`upstream app { server %s; server %s; keepalive 64; keepalive_requests 1000000000; }
server { listen %s backlog=4096 reuseport; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";
proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }`, w.origins[0], w.origins[1], w.listen))
	}}

func nginxArgs(w site) []string { return []string{"-e", w.file + ".errors", "-c", w.file} }

func nginxText(w site, workers int, log, rest string) string {
	temp := ""
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += name + "_temp_path " + w.dir + ";\n"
	}
	return fmt.Sprintf(`worker_processes %d; daemon off; pid %s.pid;
events { worker_connections %d; }
http { access_log %s; keepalive_timeout 5m; keepalive_requests 1000000000;
%s%s
}
`, workers, w.file, w.o.idle+otherFiles, log, temp, rest)
}

// originText is the nginx behind: a small answer, and one that a cache may keep.
func originText(w site) string {
	return nginxText(w, 1, "off", fmt.Sprintf(`server { listen %s backlog=4096; listen %s backlog=4096;
location / { return 200 "%[3]s"; }
location /kept { add_header Cache-Control "public, max-age=3600"; return 200 "%[3]s"; } }`, w.origins[0], w.origins[1],
		"an answer of some hundred bytes, as a small one of an API is: "+strings.Repeat("x", 60)))
}

var caddy = kind{name: "Caddy", program: "caddy", file: "Caddyfile",
	args: func(w site) []string { return []string{"run", "--adapter", "caddyfile", "--config", w.file} },
	text: func(w site) string {
		log := ""
		if w.o.logs {
			log = "log {\n    output file " + w.dir + "/caddy.log\n  }"
		}
		return fmt.Sprintf(`{
  admin off
  auto_https off
}
http://:%s {
  bind 127.0.0.1
  %s
  reverse_proxy %s {
    lb_policy round_robin
    health_uri /
    health_interval 1s
    transport http {
      keepalive_idle_conns_per_host 64
    }
  }
}
`, w.port(), log, strings.Join(w.origins, " "))
	}}

// varnish has threads by the hundred, of which few run.
var varnish = kind{name: "Varnish", program: "varnishd", file: "cache.vcl",
	args: func(w site) []string {
		return []string{"-F", "-j", "none", "-n", w.dir + "/varnish", "-a", w.listen, "-f", w.file, "-s", "malloc,64m", "-T", "none"}
	},
	text: func(w site) string {
		host, port, _ := net.SplitHostPort(w.origins[0]) // it came from a listener
		return fmt.Sprintf("vcl 4.1;\nbackend default { .host = %q; .port = %q; }\n", host, port)
	}}
