package loadtest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"mltop/internal/yamlfile"
)

// What a scenario does not say.
const (
	usualTimeout        = 10 * time.Second
	usualDuration       = 10 * time.Second
	usualConnections    = 10
	usualMaxConnections = 1000
	usualRedirects      = 5
)

// A scenario is a file being read.
type scenario struct {
	yamlfile.Reader
	open func(name string) ([]byte, error)
	plan *Plan

	base     string
	baseNode *yaml.Node
	duration time.Duration
	rate     *float64
	users    *float64
	levels   *yaml.Node // which of them was given
	think    Think
	headers  []Header
	trust    trust

	uses  []use                 // of variables, to be checked when all are known
	named map[string]bool       // variables that exist
	parts map[string]*yaml.Node // of the file that need others
}

type trust struct {
	insecure bool
	ca       string
	server   string
	node     *yaml.Node
}

// A use of a variable in a template.
type use struct {
	node *yaml.Node
	name string
}

// ParseScenario reads a scenario. file is what it is called in errors; open
// reads the files that it names. All mistakes are in the error, a line each,
// with file, line and column.
func ParseScenario(file, text string, open func(string) ([]byte, error)) (*Plan, error) {
	s := &scenario{Reader: yamlfile.Reader{File: file}, open: open, named: map[string]bool{}, parts: map[string]*yaml.Node{}, duration: usualDuration}
	s.plan = &Plan{
		Name: file, Timeout: usualTimeout, Connections: usualConnections, MaxConnections: usualMaxConnections,
		Redirects: usualRedirects, Vars: map[string]string{}, identity: text,
	}
	root := s.Document(text)
	if root == nil {
		return nil, s.Err()
	}
	s.Mapping(root, "a scenario", s.keys())
	s.readParts()
	s.finish(root)
	if err := s.Err(); err != nil {
		return nil, err
	}
	s.plan.Source = withoutValues(root)
	return s.plan, nil
}

// secretKey is what a key with a secret is called.
var secretKey = regexp.MustCompile(`(?i)authorization|cookie|token|passw|secret|api[-_]?key`)

// withoutValues is a scenario as it may be kept and shown: what is called a
// secret is left out.
func withoutValues(n *yaml.Node) string {
	hide(n)
	text, err := yaml.Marshal(n)
	if err != nil {
		return ""
	}
	return string(text)
}

func hide(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && c.Kind == yaml.ScalarNode && secretKey.MatchString(n.Content[i-1].Value) && !strings.HasPrefix(c.Value, "{{") {
			c.SetString("left out")
			continue
		}
		hide(c)
	}
}

func (s *scenario) keys() yamlfile.Keys {
	p := s.plan
	k := yamlfile.Keys{
		"name": yamlfile.Into(&s.Reader, &p.Name, yamlfile.SomeText), "timeout": yamlfile.Into(&s.Reader, &p.Timeout, yamlfile.Positive), "warmup": yamlfile.Into(&s.Reader, &p.Warmup, yamlfile.ParseDuration),
		"duration": yamlfile.Into(&s.Reader, &s.duration, yamlfile.Positive), "connections": yamlfile.Into(&s.Reader, &p.Connections, yamlfile.SomeCount),
		"max_connections": yamlfile.Into(&s.Reader, &p.MaxConnections, yamlfile.SomeCount), "new_connections": yamlfile.Into(&s.Reader, &p.NewConnections, yamlfile.ParseBool),
		"http2": yamlfile.Into(&s.Reader, &p.HTTP2, yamlfile.ParseBool), "redirects": yamlfile.Into(&s.Reader, &p.Redirects, yamlfile.ParseCount),
		"cookies": yamlfile.Into(&s.Reader, &p.Cookies, yamlfile.ParseBool), "seed": yamlfile.Into(&s.Reader, &p.Seed, parseSeed),
		"abort_after": yamlfile.Into(&s.Reader, &p.AbortAfter, yamlfile.Positive),
		"base":        func(n *yaml.Node) { s.baseNode = n; yamlfile.Into(&s.Reader, &s.base, parseBase)(n) },
		"rate":        func(n *yaml.Node) { s.level(n, &s.rate) }, "users": func(n *yaml.Node) { s.level(n, &s.users) },
		"tls": s.readTLS, "data": s.readData, "vars": s.readVars, "think": func(n *yaml.Node) { s.readThink(n, &s.think) },
		"headers": func(n *yaml.Node) { s.headers = s.readHeaders(n) },
	}
	for _, key := range []string{"stages", "setup", "requests", "teardown", "thresholds"} {
		k[key] = func(n *yaml.Node) { s.parts[key] = n }
	}
	return k
}

// readParts reads what needs other keys to be known, in an order that does
// not depend on that of the file.
func (s *scenario) readParts() {
	for _, part := range []struct {
		key  string
		read func(*yaml.Node)
	}{
		{"stages", s.readStages},
		{"setup", func(n *yaml.Node) { s.plan.Setup = s.readTasks(n, "setup") }},
		{"requests", s.readRequests},
		{"teardown", func(n *yaml.Node) { s.plan.Teardown = s.readTasks(n, "teardown") }},
		{"thresholds", s.readThresholds},
	} {
		if n := s.parts[part.key]; n != nil {
			part.read(n)
		}
	}
}

func parseBase(text string) (string, error) {
	_, path, err := ParseURL(text)
	if err == nil && strings.ContainsAny(path, "?") {
		err = errors.New("a base has no query")
	}
	return strings.TrimSuffix(text, "/"), err
}

func (s *scenario) level(n *yaml.Node, to **float64) {
	var v float64
	yamlfile.Into(&s.Reader, &v, parseLevel)(n)
	*to, s.levels = &v, n
}

func (s *scenario) readVars(n *yaml.Node) {
	s.Pairs(n, "vars", func(key, value *yaml.Node) {
		s.name(key)
		var v string
		yamlfile.Into(&s.Reader, &v, yamlfile.AnyText)(value)
		s.plan.Vars[key.Value] = v
	})
}

// name notes a variable.
func (s *scenario) name(n *yaml.Node) {
	if !variableName(n.Value) || strings.HasPrefix(n.Value, "$") {
		s.Say(n, "%q is no name of a variable: letters, digits and _", yamlfile.Clip(n.Value, 40))
	}
	s.named[n.Value] = true
}

func (s *scenario) readData(n *yaml.Node) {
	var file, text string
	at := n
	s.Mapping(n, "data", yamlfile.Keys{
		"file": func(v *yaml.Node) { at = v; yamlfile.Into(&s.Reader, &file, yamlfile.SomeText)(v) },
		"csv":  func(v *yaml.Node) { at = v; yamlfile.Into(&s.Reader, &text, yamlfile.SomeText)(v) },
	})
	if (file == "") == (text == "") {
		s.Say(at, "data has either a file or csv, the text itself")
		return
	}
	d, err := s.table(file, text)
	if err != nil {
		s.Say(at, "%v", err)
		return
	}
	s.plan.Data = d
	for _, name := range d.Names {
		s.named[name] = true
	}
}

func (s *scenario) table(file, text string) (*Data, error) {
	if file == "" {
		return ParseData(text)
	}
	content, err := s.open(file)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	d, err := ParseData(string(content))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return d, nil
}

func (s *scenario) readTLS(n *yaml.Node) {
	t := &s.trust
	t.node = n
	s.Mapping(n, "tls", yamlfile.Keys{
		"insecure": yamlfile.Into(&s.Reader, &t.insecure, yamlfile.ParseBool), "server_name": yamlfile.Into(&s.Reader, &t.server, yamlfile.SomeText),
		"ca": func(v *yaml.Node) { t.node = v; yamlfile.Into(&s.Reader, &t.ca, yamlfile.SomeText)(v) },
	})
	s.plan.TLS = &tls.Config{InsecureSkipVerify: t.insecure, ServerName: t.server}
	if t.ca == "" {
		return
	}
	text, err := s.open(t.ca)
	if err != nil {
		s.Say(t.node, "read %s: %v", t.ca, err)
		return
	}
	s.plan.TLS.RootCAs = x509.NewCertPool()
	if !s.plan.TLS.RootCAs.AppendCertsFromPEM(text) {
		s.Say(t.node, "%s holds no certificate", t.ca)
	}
}

func (s *scenario) readThink(n *yaml.Node, to *Think) {
	if n.Kind == yaml.ScalarNode {
		var d time.Duration
		yamlfile.Into(&s.Reader, &d, yamlfile.ParseDuration)(n)
		*to = Think{Min: d, Max: d}
		return
	}
	*to = Think{}
	s.Mapping(n, "think", yamlfile.Keys{
		"min": yamlfile.Into(&s.Reader, &to.Min, yamlfile.ParseDuration), "max": yamlfile.Into(&s.Reader, &to.Max, yamlfile.ParseDuration), "mean": yamlfile.Into(&s.Reader, &to.Mean, yamlfile.Positive),
	})
	switch {
	case to.Mean > 0 && (to.Min > 0 || to.Max > 0):
		s.Say(n, "think has either a mean, or min and max")
	case to.Mean == 0 && to.Max < to.Min:
		s.Say(n, "max is less than min")
	}
}

// finish checks what needs the whole file.
func (s *scenario) finish(root *yaml.Node) {
	p := s.plan
	if len(p.Patterns) == 0 && !s.has(root, "requests") {
		s.Say(root, "there are no requests")
	}
	if len(p.Stages) == 0 && !s.has(root, "stages") {
		s.steady(root)
	}
	if p.MaxConnections < p.Connections {
		p.MaxConnections = p.Connections
	}
	if p.Warmup >= p.Length() && p.Length() > 0 {
		s.Say(root, "the warm-up of %v leaves nothing of the %v to count", p.Warmup, p.Length())
	}
	for _, u := range s.uses {
		if !s.named[u.name] {
			s.Say(u.node, "{{%s}} is given nowhere: vars, data or take would", u.name)
		}
	}
	if p.Seed == 0 {
		p.Seed = rand.Uint64()>>11 + 1
	}
}

func (s *scenario) has(root *yaml.Node, key string) bool {
	return slices.ContainsFunc(root.Content, func(n *yaml.Node) bool { return n.Value == key })
}

// steady is a scenario without stages: one level all the time.
func (s *scenario) steady(root *yaml.Node) {
	level := s.users
	switch {
	case s.rate != nil && s.users != nil:
		s.Say(s.levels, "either a rate or users: a rate is sent whether or not others have been answered, users wait")
		return
	case s.rate != nil:
		s.plan.Open, level = true, s.rate
	case s.users == nil:
		s.Say(root, "there is neither a rate, nor users, nor stages")
		return
	}
	if *level == 0 {
		s.Say(s.levels, "it has to be above zero")
	}
	s.plan.Stages = []Stage{{For: s.duration, From: *level, To: *level}}
}
