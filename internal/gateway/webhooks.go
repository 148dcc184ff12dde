package gateway

import (
	"fmt"
	"net/url"
	"strings"

	"mltop/internal/gateway/webhook"
	"mltop/internal/yamlfile"
)

// followHooks begins to tell of requests, or tells others from now on; the queue
// and its workers follow, too.
func (g *Gateway) followHooks(r webhook.Rule) {
	if s := g.hooks.Load(); s != nil {
		s.Follow(r)
	} else if len(r.Hooks) > 0 {
		g.hooks.Store(webhook.New(r, g.Note))
	}
}

// tell hands the exchange to the webhooks that want it. It never waits.
func (x *exchange) tell() {
	s := x.c.g.hooks.Load()
	if s == nil || !s.Wants(x.report.method, string(x.c.normal), x.status) {
		return
	}
	e := webhook.Event{
		At: x.began, Took: x.took, ID: x.id, Method: x.report.method, Path: x.path, Normal: string(x.c.normal), Status: x.status,
		Client: x.from.String(), Received: x.body.total, Sent: x.sent,
	}
	if x.upstream != nil {
		e.Upstream = x.upstream.rule.Load().URL
	}
	s.Tell(&e)
}

func (r *configReader) readWebhooks(n *node) {
	w, in := &r.cfg.Webhooks, &r.Reader
	r.Mapping(n, "webhooks", keys{
		"queue": yamlfile.Into(in, &w.Queue, yamlfile.SomeCount), "workers": yamlfile.Into(in, &w.Workers, parseWorkers),
		"attempts": yamlfile.Into(in, &w.Attempts, yamlfile.SomeCount), "delay": yamlfile.Into(in, &w.Delay, yamlfile.Positive),
		"longest_delay": yamlfile.Into(in, &w.Longest, yamlfile.Positive), "timeout": yamlfile.Into(in, &w.Timeout, yamlfile.Positive),
		"to": r.readHooks,
	})
}

// mostWorkers: what waits for receivers is the queue's.
const mostWorkers = 64

func parseWorkers(s string) (int, error) {
	n, err := yamlfile.SomeCount(s)
	if err == nil && n > mostWorkers {
		err = fmt.Errorf("there are at most %d workers", mostWorkers)
	}
	return n, err
}

func (r *configReader) readHooks(n *node) {
	w, in := &r.cfg.Webhooks, &r.Reader
	w.Hooks = nil
	r.List(n, "to", func(item *node) {
		var h webhook.Hook
		r.Mapping(item, "a webhook", keys{
			"url": yamlfile.Into(in, &h.URL, parseHookURL), "path": yamlfile.Into(in, &h.Path, parsePath),
			"methods": func(n *node) { h.Methods = readList(r, n, "methods", parseMethod) },
			"status":  func(n *node) { h.Statuses = readList(r, n, "status", webhook.ParseStatuses) },
			"secret_file": func(n *node) {
				r.readSecret(n, "secret", &h.Secret)
			},
		})
		if h.URL == "" {
			r.Say(item, "a webhook needs a url")
		}
		w.Hooks = append(w.Hooks, h)
	})
}

// readList reads one value, or a list of them.
func readList[T any](r *configReader, n *node, what string, parse func(string) (T, error)) (out []T) {
	one := func(item *node) {
		var v T
		yamlfile.Into(&r.Reader, &v, parse)(item)
		out = append(out, v)
	}
	if n.Kind == scalar {
		one(n)
		return out
	}
	r.List(n, what, one)
	return out
}

func parseMethod(s string) (string, error) {
	if len(s) > maxMethod || s == "" || !allTokens([]byte(s)) {
		return "", fmt.Errorf("%q is no method", yamlfile.Clip(s, 40))
	}
	return strings.ToUpper(s), nil
}

func parseHookURL(s string) (string, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", fmt.Errorf("a webhook's url begins with http:// or https:// and a host")
	}
	return s, nil
}
