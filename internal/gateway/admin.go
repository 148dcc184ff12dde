package gateway

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// AdminHandler answers what the gateway is asked about itself, and takes
// orders:
//
//	GET  /                     wire.Gateway
//	GET  /requests?after=UNIX  wire.GatewayRequests
//	GET  /metrics              Prometheus text
//	POST /upstreams?url=URL&weight=N&route=PATH    add
//	POST /upstreams/drain?url=URL   …/undrain?url=URL   …/remove?url=URL
//	POST /cache/purge?url=URL   or PATH, with * behind it for all that begins so
//
// What is changed lasts until the configuration is read again.
func (g *Gateway) AdminHandler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { reply(w, g.State()) })
	m.HandleFunc("GET /requests", func(w http.ResponseWriter, r *http.Request) {
		after, err := strconv.ParseInt(r.FormValue("after"), 10, 64)
		if err != nil {
			after = time.Now().Unix() - keptSeconds
		}
		reply(w, g.Requests(after))
	})
	m.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		writeMetrics(w, g.State())
	})
	m.HandleFunc("POST /upstreams", func(w http.ResponseWriter, r *http.Request) {
		g.order(w, func(c *Config) (string, error) {
			return c.add(r.FormValue("route"), r.FormValue("url"), r.FormValue("weight"))
		})
	})
	for name, change := range map[string]func(*Config, string) (string, error){
		"drain":   func(c *Config, url string) (string, error) { return c.drain(url, true) },
		"undrain": func(c *Config, url string) (string, error) { return c.drain(url, false) },
		"remove":  (*Config).remove,
	} {
		m.HandleFunc("POST /upstreams/"+name, func(w http.ResponseWriter, r *http.Request) {
			g.order(w, func(c *Config) (string, error) { return change(c, r.FormValue("url")) })
		})
	}
	m.HandleFunc("POST /cache/purge", func(w http.ResponseWriter, r *http.Request) {
		text, err := g.purge(r.FormValue("url"))
		if err == nil {
			g.Note(text + byOrder)
		}
		g.told(w, text, err)
	})
	return g.guarded(m)
}

// guarded lets in who knows the token, and without one who is on this machine
// and no web page: a page's requests name another host, or can not carry the
// field that orders need.
func (g *Gateway) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if why := g.refusesAdmin(r); why != "" {
			http.Error(w, why, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// OrderField has to be in every order.
const OrderField = "Mltop-Gateway"

func (g *Gateway) refusesAdmin(r *http.Request) string {
	token := g.Config().Token
	given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	switch {
	case token != "" && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1:
		return ""
	case token != "":
		return "the admin endpoint needs its token: Authorization: Bearer …"
	case err != nil || !isLoopback(net.JoinHostPort(host, "0")):
		return "the admin endpoint without a token is for this machine only"
	case !isLoopback(withPort(r.Host)):
		return "the admin endpoint without a token is asked for by an address of this machine"
	case r.Method != http.MethodGet && r.Header.Get(OrderField) == "":
		return "an order needs the field " + OrderField
	}
	return ""
}

func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return host + ":80"
}

func reply(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v) //nolint:errcheck // who asked has gone, then
}

// order changes the configuration in force, and says what it did.
func (g *Gateway) order(w http.ResponseWriter, change func(*Config) (string, error)) {
	text, err := g.change(byOrder, change)
	g.told(w, text, err)
}

// byOrder is behind what an order did, among the events.
const byOrder = " by an order"

// Change puts into force what change makes of the configuration in force.
func (g *Gateway) Change(change func(*Config)) error {
	_, err := g.change("", func(c *Config) (string, error) { change(c); return "", nil })
	return err
}

func (g *Gateway) change(by string, change func(*Config) (string, error)) (string, error) {
	g.ordering.Lock() // the next one changes what this one made
	defer g.ordering.Unlock()
	cfg := g.Config().clone()
	text, err := change(&cfg)
	if err != nil {
		return "", err
	}
	return text, g.reload(cfg, by)
}

// told says what an order did, or why it did nothing.
func (g *Gateway) told(w http.ResponseWriter, text string, err error) {
	if err != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"error": err.Error()}) //nolint:errcheck // who asked has gone, then
		return
	}
	reply(w, map[string]string{"done": text})
}

// clone is a configuration whose upstreams may be changed.
func (c Config) clone() Config {
	c.Routes = append([]RouteRule(nil), c.Routes...)
	for i := range c.Routes {
		c.Routes[i].Upstreams = append([]UpstreamRule(nil), c.Routes[i].Upstreams...)
	}
	return c
}

// add gives a route one more upstream.
func (c *Config) add(path, url, weight string) (string, error) {
	u, err := ParseUpstream(url)
	if err != nil {
		return "", err
	}
	if weight != "" {
		if u.Weight, err = parseWeight(weight); err != nil {
			return "", err
		}
	}
	if path == "" {
		path = "/"
	}
	for i := range c.Routes {
		if r := &c.Routes[i]; r.Path == path {
			if r.find(u.URL) >= 0 {
				return "", fmt.Errorf("the upstream %s is there already", u.URL)
			}
			r.Upstreams = append(r.Upstreams, u)
			return "added " + u.URL, nil
		}
	}
	return "", fmt.Errorf("there is no route %s", path)
}

func (r *RouteRule) find(url string) int {
	for i, u := range r.Upstreams {
		if u.URL == url {
			return i
		}
	}
	return -1
}

var errNoUpstream = errors.New("there is no such upstream")

// drain lets an upstream finish what it has and get nothing new, or ends that.
func (c *Config) drain(url string, drain bool) (string, error) {
	err := c.each(url, func(r *RouteRule, i int) { r.Upstreams[i].Drain = drain })
	if drain {
		return "draining " + url, err
	}
	return "no longer draining " + url, err
}

// remove takes an upstream out of every route; the last one of a route stays.
func (c *Config) remove(url string) (string, error) {
	for _, r := range c.Routes {
		if len(r.Upstreams) == 1 && r.find(url) == 0 {
			return "", fmt.Errorf("%s is the last upstream of the route %s", url, r.Path)
		}
	}
	return "removed " + url, c.each(url, func(r *RouteRule, i int) {
		r.Upstreams = append(r.Upstreams[:i], r.Upstreams[i+1:]...)
	})
}

func (c *Config) each(url string, do func(r *RouteRule, i int)) error {
	err := errNoUpstream
	for i := range c.Routes {
		if at := c.Routes[i].find(url); at >= 0 {
			do(&c.Routes[i], at)
			err = nil
		}
	}
	return err
}

// ServeAdmin answers at a listener until ctx ends.
func (g *Gateway) ServeAdmin(ctx context.Context, l net.Listener) error {
	s := &http.Server{Handler: g.AdminHandler(), ReadHeaderTimeout: adminPatience, ReadTimeout: adminPatience, WriteTimeout: adminPatience}
	stop := context.AfterFunc(ctx, func() { s.Close() })
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the admin endpoint: %w", err)
	}
	return nil
}

// adminPatience bounds what a caller of the admin endpoint may hold.
const adminPatience = 10 * time.Second
