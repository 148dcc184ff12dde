package gateway

import (
	"bytes"
	"fmt"
	"strings"

	"mltop/internal/gateway/compress"
	"mltop/internal/yamlfile"
)

// A ControlRule is the Cache-Control that a route's answers get, for a CDN in
// front.
type ControlRule struct {
	Value string // "": the answers' own
	Force bool   // also where the answer says that nobody may keep it
}

// fits: an answer that may be kept by everybody, of a status that is worth
// keeping; not an error, which would outlive its cause.
func (r *ControlRule) fits(method string, authorized bool, status int, fields compress.Fields) bool {
	if method != "GET" && method != "HEAD" {
		return false
	}
	switch status {
	case 200, 203, 204, 206, 300, 301, 304, 308, 410:
	default:
		return false
	}
	return r.Force || !authorized && !isPrivate(fields)
}

// isPrivate: the answer is for one client, or for none to keep.
func isPrivate(fields compress.Fields) bool {
	for name, value := range fields {
		switch {
		case sameFold(name, "set-cookie"):
			return true
		case sameFold(name, "cache-control"):
			for part := range bytes.SplitSeq(value, []byte(",")) {
				word, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(string(part))), "=")
				if word == "no-store" || word == "private" || word == "no-cache" {
					return true
				}
			}
		}
	}
	return false
}

// readControl takes a value, or a mapping of value and force.
func (r *configReader) readControl(rule *RouteRule) func(*node) {
	return func(n *node) {
		c, in := &rule.Control, &r.Reader
		if len(n.Content) == 0 {
			yamlfile.Into(in, &c.Value, parseFieldValue)(n)
			return
		}
		r.Mapping(n, "cache_control", keys{
			"value": yamlfile.Into(in, &c.Value, parseFieldValue), "force": yamlfile.Into(in, &c.Force, yamlfile.ParseBool),
		})
		if c.Value == "" {
			r.Say(n, "cache_control needs a value")
		}
	}
}

func parseFieldValue(s string) (string, error) {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' {
			return "", fmt.Errorf("%q is no value of a field", yamlfile.Clip(s, 40))
		}
	}
	if strings.TrimSpace(s) == "" {
		return "", fmt.Errorf("cache_control is empty: public, max-age=60 is one")
	}
	return strings.TrimSpace(s), nil
}

func (r *configReader) readCompression(n *node) {
	c, in := &r.cfg.Compress, &r.Reader
	c.On = true
	r.Mapping(n, "compression", keys{
		"on": yamlfile.Into(in, &c.On, yamlfile.ParseBool), "least": yamlfile.Into(in, &c.Least, parseBytes),
		"codings": func(n *node) {
			c.Codings = nil
			r.List(n, "codings", func(item *node) {
				var coding compress.Coding
				if yamlfile.Into(in, &coding, parseCoding)(item); coding != "" {
					c.Codings = append(c.Codings, coding)
				}
			})
		},
		"types": func(n *node) {
			c.Types = nil
			r.List(n, "types", func(item *node) {
				var t string
				if yamlfile.Into(in, &t, parseType)(item); t != "" {
					c.Types = append(c.Types, t)
				}
			})
		},
	})
}

func parseCoding(s string) (compress.Coding, error) {
	if c := compress.Coding(s); c == compress.Gzip || c == compress.Zstd {
		return c, nil
	}
	return "", fmt.Errorf("%q is no coding: gzip and zstd are", yamlfile.Clip(s, 20))
}

func parseType(s string) (string, error) {
	if !strings.Contains(s, "/") && !strings.HasPrefix(s, "+") || strings.ContainsAny(s, " ;*") {
		return "", fmt.Errorf("%q is no type: application/json, text/ (all of text) and +xml (all that end so) are", yamlfile.Clip(s, 40))
	}
	return strings.ToLower(s), nil
}
