package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"mltop/internal/yamlfile"
)

// scalar is a node with one value.
const scalar = yaml.ScalarNode

type (
	node = yaml.Node
	keys = yamlfile.Keys
)

// A configReader is a configuration file being read.
type configReader struct {
	yamlfile.Reader
	cfg       *Config
	open      func(name string) ([]byte, error)
	upstreams []UpstreamRule
	named     bool // upstreams are, be they wrong
	routes    *node
}

// ParseConfig reads a configuration file on top of what is said already. open
// reads the files that it names. All mistakes are in the error, a line each,
// with file, line and column.
func ParseConfig(file, text string, base Config, open func(string) ([]byte, error)) (Config, error) {
	r := &configReader{Reader: yamlfile.Reader{File: file}, cfg: &base, open: open}
	root := r.Document(text)
	if root == nil {
		return Config{}, r.Err()
	}
	r.Mapping(root, "the configuration", r.keys())
	if r.routes != nil {
		r.readRoutes(r.routes)
	}
	if len(r.upstreams) > 0 {
		base.Routes = append(base.Routes, RouteRule{Path: "/", Upstreams: r.upstreams})
	}
	return base, r.Err()
}

func (r *configReader) keys() keys {
	c, in := r.cfg, &r.Reader
	return keys{
		"listen": yamlfile.Into(in, &c.Listen, parseAddress), "admin": yamlfile.Into(in, &c.Admin, parseAdmin),
		"admin_token_file": r.readToken, "tls": r.readTLS, "trusted": r.readTrusted,
		"own_host":  yamlfile.Into(in, &c.OwnHost, yamlfile.ParseBool),
		"balance":   yamlfile.Into(in, &c.Balance, parseBalance),
		"upstreams": func(n *node) { r.upstreams, r.named = r.readUpstreams(n), true },
		"routes":    func(n *node) { r.routes = n },
		"haproxy":   r.readHAProxy, "compression": r.readCompression,
		"health": r.readHealth, "weights": r.readWeights, "queue": r.readQueue, "pool": r.readPool,
		"cache": r.readCache, "log": r.readLog, "webhooks": r.readWebhooks, "memory": r.readMemory,
		"retry": r.readRetry, "limits": r.readLimits, "timeouts": r.readTimeouts,
	}
}

func (r *configReader) readHealth(n *node) {
	h, in := &r.cfg.Health, &r.Reader
	r.Mapping(n, "health", keys{
		"path": yamlfile.Into(in, &h.Path, parsePath), "interval": yamlfile.Into(in, &h.Interval, yamlfile.Positive),
		"timeout": yamlfile.Into(in, &h.Timeout, yamlfile.Positive), "rise": yamlfile.Into(in, &h.Rise, yamlfile.SomeCount),
		"fall": yamlfile.Into(in, &h.Fall, yamlfile.SomeCount), "failures": yamlfile.Into(in, &h.Failures, yamlfile.SomeCount),
		"ejection": yamlfile.Into(in, &h.Ejection, yamlfile.Positive), "most_ejected": yamlfile.Into(in, &h.MostEjected, yamlfile.ParseRatio),
		"slow_start": yamlfile.Into(in, &h.SlowStart, yamlfile.ParseDuration),
	})
}

func (r *configReader) readWeights(n *node) {
	w, in := &r.cfg.Weights, &r.Reader
	r.Mapping(n, "weights", keys{
		"from_metrics": yamlfile.Into(in, &w.On, yamlfile.ParseBool), "interval": yamlfile.Into(in, &w.Interval, yamlfile.Positive),
		"window": yamlfile.Into(in, &w.Window, yamlfile.Positive), "floor": yamlfile.Into(in, &w.Floor, someRatio),
		"smooth": yamlfile.Into(in, &w.Smooth, someRatio), "change": yamlfile.Into(in, &w.Change, someRatio),
		"expiry": yamlfile.Into(in, &w.Expiry, yamlfile.Positive),
	})
}

func (r *configReader) readQueue(n *node) {
	q, in := &r.cfg.Queue, &r.Reader
	r.Mapping(n, "queue", keys{
		"in_flight": yamlfile.Into(in, &q.InFlight, yamlfile.ParseCount), "size": yamlfile.Into(in, &q.Size, yamlfile.ParseCount),
		"wait": yamlfile.Into(in, &q.Wait, yamlfile.Positive),
	})
}

func (r *configReader) readPool(n *node) {
	p, in := &r.cfg.Pool, &r.Reader
	r.Mapping(n, "pool", keys{
		"max": yamlfile.Into(in, &p.Max, yamlfile.ParseCount), "idle": yamlfile.Into(in, &p.Idle, yamlfile.ParseCount),
		"expiry": yamlfile.Into(in, &p.Expiry, yamlfile.Positive), "lifetime": yamlfile.Into(in, &p.Life, yamlfile.ParseDuration),
		"connect_timeout": yamlfile.Into(in, &p.Connect, yamlfile.Positive),
	})
}

func (r *configReader) readHAProxy(n *node) {
	h, in := &r.cfg.HAProxy, &r.Reader
	r.Mapping(n, "haproxy", keys{
		"socket": yamlfile.Into(in, &h.Socket, yamlfile.SomeText), "backend": yamlfile.Into(in, &h.Backend, yamlfile.SomeText),
	})
	if h.Socket == "" {
		r.Say(n, "haproxy needs the socket of its runtime API")
	}
}

func (r *configReader) readRetry(n *node) {
	r.Mapping(n, "retry", keys{
		"attempts": yamlfile.Into(&r.Reader, &r.cfg.Retry.Attempts, yamlfile.SomeCount),
		"budget":   yamlfile.Into(&r.Reader, &r.cfg.Retry.Budget, yamlfile.ParseRatio),
	})
}

func (r *configReader) readLimits(n *node) {
	l, in := &r.cfg.Limits, &r.Reader
	r.Mapping(n, "limits", keys{
		"head": yamlfile.Into(in, &l.Head, parseHead), "body": yamlfile.Into(in, &l.Body, parseBytes),
		"connections": yamlfile.Into(in, &l.Connections, yamlfile.SomeCount),
	})
}

func (r *configReader) readTimeouts(n *node) {
	t, in := &r.cfg.Timeouts, &r.Reader
	r.Mapping(n, "timeouts", keys{
		"idle": yamlfile.Into(in, &t.Idle, yamlfile.Positive), "head": yamlfile.Into(in, &t.Head, yamlfile.Positive),
		"body": yamlfile.Into(in, &t.Body, yamlfile.Positive), "response": yamlfile.Into(in, &t.Response, yamlfile.Positive),
		"stall": yamlfile.Into(in, &t.Stall, yamlfile.Positive), "stream": yamlfile.Into(in, &t.Stream, yamlfile.Positive),
		"write": yamlfile.Into(in, &t.Write, yamlfile.Positive), "stop": yamlfile.Into(in, &t.Stop, yamlfile.Positive),
	})
}

// readTLS reads one certificate, or a list of them.
func (r *configReader) readTLS(n *node) {
	var all []CertificateFiles
	one := func(n *node) {
		var c CertificateFiles
		r.Mapping(n, "tls", keys{
			"cert": yamlfile.Into(&r.Reader, &c.Cert, yamlfile.SomeText), "key": yamlfile.Into(&r.Reader, &c.Key, yamlfile.SomeText),
		})
		if c.Cert == "" || c.Key == "" {
			r.Say(n, "tls needs both a cert and a key")
		}
		all = append(all, c)
	}
	if yamlfile.Plain(n).Kind == yaml.SequenceNode {
		r.List(n, "tls", one)
	} else {
		one(n)
	}
	if len(all) > 0 {
		r.cfg.Cert, r.cfg.Key, r.cfg.Certs = all[0].Cert, all[0].Key, all[1:]
	}
}

// readToken takes the token from a file, so that it need not stand in one
// that others read.
func (r *configReader) readToken(n *node) { r.readSecret(n, "token", &r.cfg.Token) }

// readSecret takes a secret from a file.
func (r *configReader) readSecret(n *node, what string, to *string) {
	var name string
	yamlfile.Into(&r.Reader, &name, yamlfile.SomeText)(n)
	if name == "" {
		return
	}
	text, err := r.open(name)
	if err != nil {
		r.Say(n, "read %s: %v", name, err)
		return
	}
	if *to = strings.TrimSpace(string(text)); len(*to) < leastToken {
		r.Say(n, "the %s in %s has fewer than %d characters", what, name, leastToken)
	}
}

// leastToken is what cannot be guessed in a lifetime.
const leastToken = 16

func (r *configReader) readTrusted(n *node) {
	r.cfg.Trusted = nil
	r.List(n, "trusted", func(item *node) {
		var p netip.Prefix
		yamlfile.Into(&r.Reader, &p, parsePrefix)(item)
		if p.IsValid() {
			r.cfg.Trusted = append(r.cfg.Trusted, p)
		}
	})
}

func (r *configReader) readRoutes(n *node) {
	r.List(n, "routes", func(item *node) {
		rule, named := RouteRule{Path: "/"}, r.named
		r.Mapping(item, "a route", keys{
			"path": func(n *node) { rule.Path = ""; yamlfile.Into(&r.Reader, &rule.Path, parsePath)(n) },
			"host": yamlfile.Into(&r.Reader, &rule.Host, yamlfile.SomeText), "balance": yamlfile.Into(&r.Reader, &rule.Balance, parseBalance),
			"upstreams": func(n *node) { rule.Upstreams, named = r.readUpstreams(n), true },
			"cache":     r.readRouteCache(&rule), "cache_control": r.readControl(&rule),
			"reads_bodies": yamlfile.Into(&r.Reader, &rule.ReadsBodies, yamlfile.ParseBool),
		})
		if rule.Upstreams == nil {
			rule.Upstreams = r.upstreams
		}
		if len(rule.Upstreams) == 0 && !named {
			r.Say(item, "the route %s has no upstreams", rule.Path)
		}
		if rule.Path == "" {
			return // what is wrong with it was said
		}
		same := func(o RouteRule) bool { return o.Path == rule.Path && strings.EqualFold(o.Host, rule.Host) }
		if slices.ContainsFunc(r.cfg.Routes, same) || rule.Path == "/" && rule.Host == "" && len(r.upstreams) > 0 {
			r.Say(item, "the route %s is given twice", rule.Path)
		}
		r.cfg.Routes = append(r.cfg.Routes, rule)
	})
}

func (r *configReader) readUpstreams(n *node) []UpstreamRule {
	var out []UpstreamRule
	r.List(n, "upstreams", func(item *node) {
		var u UpstreamRule
		if item.Kind == yaml.ScalarNode {
			yamlfile.Into(&r.Reader, &u, ParseUpstream)(item)
		} else {
			u = r.readUpstream(item)
		}
		if slices.ContainsFunc(out, func(o UpstreamRule) bool { return u.URL != "" && o.URL == u.URL }) {
			r.Say(item, "the upstream %s is given twice", u.URL)
		}
		out = append(out, u)
	})
	return out
}

func (r *configReader) readUpstream(n *node) UpstreamRule {
	u := UpstreamRule{Weight: 1}
	given := UpstreamRule{}
	r.Mapping(n, "an upstream", keys{
		"url": yamlfile.Into(&r.Reader, &given, ParseUpstream), "weight": yamlfile.Into(&r.Reader, &u.Weight, parseWeight),
		"pid": yamlfile.Into(&r.Reader, &u.PID, yamlfile.SomeCount), "metrics": yamlfile.Into(&r.Reader, &u.Metrics, parsePath),
		"drain": yamlfile.Into(&r.Reader, &u.Drain, yamlfile.ParseBool),
	})
	if given.URL == "" {
		r.Say(n, "an upstream needs a url")
	}
	u.URL, u.Address, u.TLS = given.URL, given.Address, given.TLS
	return u
}

// Check says what is missing, or does not go together.
func (c *Config) Check() error {
	if len(c.Routes) == 0 {
		return errors.New("there is no upstream: name one with --upstream or under upstreams")
	}
	for _, r := range c.Routes {
		for _, u := range r.Upstreams {
			if u.Address == c.Listen {
				return fmt.Errorf("the upstream %s is the gateway itself", u.URL)
			}
		}
	}
	if c.weighsNothing() {
		return errors.New("weights from metrics change nothing where all routes balance by round_robin: weighted, least_connections and ip_hash follow them")
	}
	if _, port, _ := net.SplitHostPort(c.Listen); port != "0" && c.AdminAddress() == c.Listen {
		return fmt.Errorf("the admin endpoint cannot be where requests are taken, at %s", c.Listen)
	}
	if a := c.AdminAddress(); a != "" && c.Token == "" && !isLoopback(a) {
		return fmt.Errorf("the admin endpoint %s can be reached from elsewhere: it needs an admin_token_file", a)
	}
	return nil
}

// weighsNothing: nobody follows the weights from metrics.
func (c *Config) weighsNothing() bool {
	follows := func(r RouteRule) bool { return c.balanceOf(&r) != RoundRobin }
	return c.Weights.On && c.HAProxy.Socket == "" && !slices.ContainsFunc(c.Routes, follows)
}

func isLoopback(address string) bool {
	host := hostOnly(address)
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
