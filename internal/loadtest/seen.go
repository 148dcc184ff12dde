package loadtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A Seen is one request that a log tells of.
type Seen struct {
	Time   time.Time // zero: not told
	Client string
	Method string
	Path   string // with its query
	Status int
}

// accessLine is the common and the combined format of nginx and Apache:
// client, two names, time, request line, status.
var accessLine = regexp.MustCompile(`^(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) (\S+)[^"]*" (\d{3})`)

// ParseAccessLine reads a line of nginx's or Apache's log, or one object of
// JSON, as nginx and Caddy can be told to write; false if it is neither.
func ParseAccessLine(line string) (Seen, bool) {
	if strings.HasPrefix(line, "{") {
		return parseJSONLine(line)
	}
	m := accessLine.FindStringSubmatch(line)
	if m == nil {
		return Seen{}, false
	}
	at, err := time.Parse("02/Jan/2006:15:04:05 -0700", m[2])
	status, err2 := strconv.Atoi(m[5])
	return Seen{at, m[1], m[3], m[4], status}, errors.Join(err, err2) == nil && strings.HasPrefix(m[4], "/")
}

// parseJSONLine takes the names that servers commonly give to the same thing;
// those of Caddy lie within "request".
func parseJSONLine(line string) (Seen, bool) {
	var v map[string]any
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		return Seen{}, false
	}
	if inner, ok := v["request"].(map[string]any); ok {
		for key, value := range inner {
			v[key] = value
		}
	}
	text := func(names ...string) string {
		for _, n := range names {
			if s, ok := v[n].(string); ok {
				return s
			}
		}
		return ""
	}
	s := Seen{Client: text("remote_addr", "remote_ip", "client_ip", "client"), Method: text("method", "request_method", "verb"), Path: text("request_uri", "uri", "path", "url")}
	s.Time = jsonTime(v)
	for _, n := range []string{"status", "status_code"} {
		switch status := v[n].(type) {
		case float64:
			s.Status = int(status)
		case string:
			s.Status, _ = strconv.Atoi(status) // one that is no number is not told
		}
	}
	return s, s.Method != "" && strings.HasPrefix(s.Path, "/")
}

func jsonTime(v map[string]any) time.Time {
	for _, n := range []string{"time", "ts", "timestamp", "time_iso8601", "time_local"} {
		switch at := v[n].(type) {
		case float64:
			return time.UnixMicro(int64(at * 1e6))
		case string:
			for _, layout := range []string{time.RFC3339Nano, "02/Jan/2006:15:04:05 -0700"} {
				if t, err := time.Parse(layout, at); err == nil {
					return t
				}
			}
		}
	}
	return time.Time{}
}

// Traffic is what requests have in common.
type Traffic struct {
	Routes  []SeenRoute // the most frequent first
	Rate    float64     // requests a second; NaN: no times
	Think   float64     // seconds between a client's requests, the median; NaN: unknown
	Clients int
	Other   int // requests of routes beyond those kept
}

// A SeenRoute is one method and template, and examples of its paths.
type SeenRoute struct {
	Method, Template string
	Count            int
	Paths            []string // the last different ones, oldest first
}

// mostRoutes and mostPaths bound what a scenario made of a log holds.
const (
	mostRoutes = 30
	mostPaths  = 100
)

// fold sums requests up; name answers a path's template.
func fold(list []Seen, name func(path string) string) Traffic {
	routes := map[string]*SeenRoute{}
	for _, s := range list {
		path, _, _ := strings.Cut(s.Path, "?")
		key := s.Method + " " + name(path)
		r := routes[key]
		if r == nil {
			r = &SeenRoute{Method: s.Method, Template: name(path)}
			routes[key] = r
		}
		r.Count++
		if !slices.Contains(r.Paths, s.Path) {
			r.Paths = append(r.Paths, s.Path)
			r.Paths = r.Paths[max(0, len(r.Paths)-mostPaths):]
		}
	}
	var t Traffic
	for _, r := range routes {
		t.Routes = append(t.Routes, *r)
	}
	slices.SortFunc(t.Routes, func(a, b SeenRoute) int {
		return firstOf(b.Count-a.Count, strings.Compare(a.Template, b.Template), strings.Compare(a.Method, b.Method))
	})
	for _, r := range t.Routes[min(len(t.Routes), mostRoutes):] {
		t.Other += r.Count
	}
	t.Routes = t.Routes[:min(len(t.Routes), mostRoutes)]
	return t
}

func firstOf(orders ...int) int {
	for _, o := range orders {
		if o != 0 {
			return o
		}
	}
	return 0
}

// longestPause: who is silent for longer has gone, and comes back as another.
const longestPause = time.Minute

// Fold sums up requests: the mix, the rate, and what clients think between
// requests.
func Fold(list []Seen, name func(path string) string) Traffic {
	t := fold(list, name)
	last := map[string]time.Time{}
	var pauses []float64
	var first, end time.Time
	for _, s := range list {
		if s.Time.IsZero() {
			continue
		}
		if first.IsZero() || s.Time.Before(first) {
			first = s.Time
		}
		if s.Time.After(end) {
			end = s.Time
		}
		if before, ok := last[s.Client]; ok && s.Client != "" {
			if d := s.Time.Sub(before); d >= 0 && d < longestPause {
				pauses = append(pauses, d.Seconds())
			}
		}
		last[s.Client] = s.Time
	}
	t.Clients = len(last)
	t.Rate, t.Think = float64(len(list))/end.Sub(first).Seconds(), middleOr(pauses)
	return t
}

// A piece of a path that differs between the examples of a route.
var hole = regexp.MustCompile(`\{[^}]*\}`)

// WriteScenario writes a scenario for such traffic. Requests that change
// things are written as remarks: a log does not tell what was in them.
func (t Traffic) WriteScenario(base, from string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made of %s: look through it before you run it.\nbase: %s\n", strconv.Quote(from), quoteYAML(base))
	rate := t.Rate
	if !(rate > 0 && rate < 1e9) {
		rate = 1
		b.WriteString("# The log has no times: the rate is a guess.\n")
	}
	fmt.Fprintf(&b, "rate: %.3g    # a second, the mean of the log\n", rate)
	if t.Think > 0 && t.Clients > 0 {
		fmt.Fprintf(&b, "# or, waiting for answers as its %d clients did, instead of the rate:\n# users: %d\n# think: {mean: %s}\n", t.Clients, t.Clients, time.Duration(t.Think*1e9).Round(time.Millisecond))
	}
	b.WriteString("duration: 30s\n")
	table := &columns{}
	var requests, remarks strings.Builder
	for _, r := range t.Routes {
		if !safe(r.Method) {
			fmt.Fprintf(&remarks, "# %s %s, %d times: what was in it is not in the log.\n", r.Method, oneLine.Replace(r.Template), r.Count)
			continue
		}
		fmt.Fprintf(&requests, "  - {name: %s, method: %s, url: %s, weight: %d}\n", quoteYAML(r.Method+" "+r.Template), r.Method, quoteYAML(r.address(table)), r.Count)
	}
	if csv := table.csv(); csv != "" {
		b.WriteString("data:\n  csv: |\n    " + strings.ReplaceAll(strings.TrimSpace(csv), "\n", "\n    ") + "\n")
	}
	b.WriteString("requests:\n" + requests.String() + remarks.String())
	if t.Other > 0 {
		fmt.Fprintf(&b, "# %d requests of rarer routes are left out.\n", t.Other)
	}
	return b.String()
}

// quoteYAML writes a text so that YAML reads the same text.
func quoteYAML(s string) string {
	text, _ := json.Marshal(s) // JSON's strings are YAML's
	return string(text)
}

// address is the URL of a route: the places where its paths differ are
// variables, with their values in the table; the query is that of the last.
func (r SeenRoute) address(t *columns) string {
	last := r.Paths[len(r.Paths)-1]
	if !hole.MatchString(r.Template) {
		return escapeBraces(last)
	}
	_, query, found := strings.Cut(last, "?")
	parts := strings.Split(r.Template, "/")
	for i, part := range parts {
		if hole.MatchString(part) {
			parts[i] = "{{" + t.add(valuesAt(r.Paths, i, len(parts))) + "}}"
		}
	}
	if found {
		return strings.Join(parts, "/") + "?" + escapeBraces(query)
	}
	return strings.Join(parts, "/")
}

func escapeBraces(s string) string { return strings.ReplaceAll(s, "{{", "%7B%7B") }

// valuesAt are the pieces at one place of paths.
func valuesAt(paths []string, place, of int) []string {
	var out []string
	for _, p := range paths {
		p, _, _ = strings.Cut(p, "?")
		if parts := strings.Split(p, "/"); len(parts) == of {
			if v, err := url.PathUnescape(parts[place]); err == nil && strings.IndexFunc(v, unicode.IsControl) < 0 {
				out = append(out, v)
			}
		}
	}
	return out
}

// columns are the values of variables; a shorter one begins again.
type columns struct{ values [][]string }

func (c *columns) add(values []string) string {
	if len(values) == 0 {
		values = []string{"1"}
	}
	c.values = append(c.values, values)
	return fmt.Sprintf("v%d", len(c.values))
}

func (c *columns) csv() string {
	if len(c.values) == 0 {
		return ""
	}
	rows := 0
	var names []string
	for i, v := range c.values {
		rows = max(rows, len(v))
		names = append(names, fmt.Sprintf("v%d", i+1))
	}
	var b strings.Builder
	b.WriteString(strings.Join(names, ",") + "\n")
	for n := range rows {
		for i, v := range c.values {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(`"` + strings.ReplaceAll(v[n%len(v)], `"`, `""`) + `"`)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// middleOr is the median; NaN of nothing.
func middleOr(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	return median(v)
}
