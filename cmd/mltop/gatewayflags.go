package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mltop/internal/gateway"
)

const gatewayLong = `A reverse proxy for HTTP/1.1 in front of a deployment: it balances the requests
over the upstreams, watches which are well, holds back what is too much, and
counts what passes.

  mltop gateway --upstream http://127.0.0.1:9001 --upstream http://127.0.0.1:9002
  mltop gateway --listen 0.0.0.0:8080 --balance least_connections --upstream …
  mltop gateway gateway.yaml       all there is to say, in a file

A request whose head could be read in two ways is answered 400 and goes no
further. The file is read again when it changes and on SIGHUP, without losing
a connection; flags stand above it. The admin endpoint tells the state as JSON, and /metrics for
Prometheus; it takes the port above that of --listen, on this machine only.
Ctrl+C and SIGTERM let requests finish.`

// A gatewayFlags is what the command line says of a gateway.
type gatewayFlags struct {
	listen, balance, admin, healthPath, haproxy, log, cache, redis string
	gogc, memoryLimit, collect                                     string
	upstreams                                                      []string
	trusted                                                        []string
	certs, keys                                                    []string
	top                                                            bool
	compress, weights                                              bool
	given                                                          func(flag string) bool
}

func newGateway(w *world, o *options) *cobra.Command {
	f := &gatewayFlags{}
	c := &cobra.Command{
		Use: "gateway [FILE]", Short: "A load balancer in front of a deployment, with health checks, a queue and metrics", Long: gatewayLong,
		Args: verbOr(atMost(1, "one configuration file at most")),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.given = cmd.Flags().Changed
			g := &gatewayRun{w: w, o: o, f: f}
			if len(args) == 1 {
				g.file = args[0]
			}
			return g.run(cmd.Context())
		},
	}
	p := c.Flags()
	p.StringVar(&f.listen, "listen", "", "`ADDRESS` to take requests at (default 127.0.0.1:8080)")
	p.StringArrayVar(&f.upstreams, "upstream", nil, "`URL` of a server behind the gateway; give it again for each")
	p.StringVar(&f.balance, "balance", "", "round_robin|least_connections|weighted|ip_hash, of routes that say nothing (default round_robin; with --weights weighted)")
	p.BoolVar(&f.weights, "weights", false, "weights follow the upstreams' response times, and the processor and memory of those of which the file tells pid or metrics")
	p.StringVar(&f.admin, "admin", "", "`ADDRESS` of the admin endpoint, or off (default: this machine, the port above --listen)")
	p.StringVar(&f.healthPath, "health-path", "", "`PATH` that a well upstream answers below 400; without it a connection is enough")
	p.StringSliceVar(&f.trusted, "trusted", nil, "`NETWORK` of proxies whose forwarded headers count")
	p.StringArrayVar(&f.certs, "cert", nil, "`FILE` of a certificate: it speaks TLS; give it again for each name, the first is for who asks for no other")
	p.StringArrayVar(&f.keys, "key", nil, "`FILE` of a certificate's key, one for each --cert in their order; without any the keys are in the certificates' files")
	p.StringVar(&f.log, "log", "", "off, a `FILE` of SQLite or the URL of a server: where each request gets a row (default: a file in the state folder)")
	p.StringVar(&f.cache, "cache", "", "keep answers, in so many `BYTES` of memory: 64MB")
	p.StringVar(&f.redis, "redis", "", "`URL` of a Redis behind the cache's memory: redis://127.0.0.1:6379/0")
	p.StringVar(&f.haproxy, "haproxy", "", "`SOCKET` of a running HAProxy's runtime API: it gets the same weights and states; without --upstream its servers are the upstreams")
	p.StringVar(&f.gogc, "gogc", "", "`PERCENT` of growth between two garbage collections, or off; as GOGC")
	p.StringVar(&f.memoryLimit, "gomemlimit", "", "`SIZE` that the collector keeps below where it can, such as 256MB; as GOMEMLIMIT")
	p.StringVar(&f.collect, "collect-every", "", "`DURATION` after which garbage is collected in any case")
	p.BoolVar(&f.compress, "compress", false, "compress answers of text, JSON and the like by zstd or gzip, as the client likes")
	p.BoolVar(&f.top, "top", false, "show the Traffic view; leaving it stops the gateway")
	c.AddCommand(gatewayVerbs(w, o)...)
	return c
}

// atMost is cobra's check as a usage error.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%s takes %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// over lays the command line over the file.
func (f *gatewayFlags) over(cfg *gateway.Config) error {
	var lines []string
	say := func(key, value string) { lines = append(lines, key+": "+strconv.Quote(value)) }
	if f.listen != "" {
		say("listen", f.listen)
	}
	if f.admin != "" {
		say("admin", f.admin)
	}
	if f.healthPath != "" {
		lines = append(lines, "health: {path: "+strconv.Quote(f.healthPath)+"}")
	}
	if f.balance != "" {
		say("balance", f.balance)
	}
	if f.log != "" {
		say("log", f.log)
	}
	if f.given("compress") {
		cfg.Compress.On = f.compress
	}
	if f.given("weights") {
		cfg.Weights.On = f.weights
	}
	if line := f.cacheLine(); line != "" {
		lines = append(lines, line)
	}
	if f.haproxy != "" {
		cfg.HAProxy.Socket = f.haproxy
	}
	if m := f.memory(); m != "" {
		lines = append(lines, "memory: {"+m+"}")
	}
	if err := f.idle(cfg.Routes); err != nil {
		return err
	}
	if len(f.upstreams) > 0 {
		cfg.Routes = nil
		lines = append(lines, "upstreams: ["+quoted(f.upstreams)+"]")
	}
	tls, err := f.tls()
	if err != nil {
		return err
	}
	lines = append(lines, tls...)
	if len(f.trusted) > 0 {
		lines = append(lines, "trusted: ["+quoted(f.trusted)+"]")
	}
	if len(lines) == 0 {
		return nil
	}
	over, err := gateway.ParseConfig(commandLine, strings.Join(lines, "\n"), *cfg, os.ReadFile)
	if err != nil {
		return asFlags(err, lines)
	}
	*cfg = over
	return nil
}

// idle says which flags would change nothing of a file, or more than they say.
func (f *gatewayFlags) idle(routes []gateway.RouteRule) error {
	says := func(r gateway.RouteRule) bool { return r.Balance != "" }
	plain := func(r gateway.RouteRule) bool {
		return r.Path == "/" && r.Host == "" && r.Cache == nil && r.Control == (gateway.ControlRule{}) && !r.ReadsBodies && !says(r)
	}
	switch {
	case len(f.upstreams) > 0 && slices.ContainsFunc(routes, func(r gateway.RouteRule) bool { return !plain(r) }):
		return errors.New("--upstream stands in place of the upstreams of a file without routes, and this one has some: name it there")
	case f.balance != "" && len(routes) > 0 && !slices.ContainsFunc(routes, func(r gateway.RouteRule) bool { return !says(r) }):
		return errors.New("--balance is of routes that say nothing, and in the file all say how they balance")
	}
	return nil
}

// commandLine stands for a file's name in what is wrong with flags.
const commandLine = "command line"

var placeOfFlag = regexp.MustCompile(commandLine + `:(\d+):\d+: `)

// asFlags names flags in place of the lines that were made of them.
func asFlags(err error, lines []string) error {
	return errors.New(placeOfFlag.ReplaceAllStringFunc(err.Error(), func(place string) string {
		n, _ := strconv.Atoi(placeOfFlag.FindStringSubmatch(place)[1])
		if n < 1 || n > len(lines) {
			return ""
		}
		key, _, _ := strings.Cut(lines[n-1], ":")
		if flag, ok := flagOf[key]; ok {
			key = flag
		}
		return "--" + key + " "
	}))
}

// flagOf has the flags that are not named as in the file.
var flagOf = map[string]string{"upstreams": "upstream", "tls": "cert", "health": "health-path", "memory": "gogc, --gomemlimit or --collect-every"}

// tls is a line for the certificates, where there are any.
func (f *gatewayFlags) tls() ([]string, error) {
	keys := f.keys
	if len(keys) == 0 {
		keys = f.certs
	}
	if len(keys) != len(f.certs) {
		return nil, fmt.Errorf("--cert is given %d times and --key %d times: each certificate needs its key, or none where the keys are in the certificates' files", len(f.certs), len(f.keys))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	var pairs []string
	for i, cert := range f.certs {
		pairs = append(pairs, "{cert: "+strconv.Quote(cert)+", key: "+strconv.Quote(keys[i])+"}")
	}
	return []string{"tls: [" + strings.Join(pairs, ", ") + "]"}, nil
}

// memory is what the command line says of it.
func (f *gatewayFlags) memory() string {
	var parts []string
	for _, p := range [][2]string{{"gogc", f.gogc}, {"limit", f.memoryLimit}, {"collect_every", f.collect}} {
		if p[1] != "" {
			parts = append(parts, p[0]+": "+strconv.Quote(p[1]))
		}
	}
	return strings.Join(parts, ", ")
}

func quoted(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, strconv.Quote(s))
	}
	return strings.Join(out, ", ")
}
