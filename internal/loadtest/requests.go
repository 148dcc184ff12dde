package loadtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mltop/internal/yamlfile"
)

func (s *scenario) readRequests(n *yaml.Node) {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		s.Say(n, "there are no requests")
	}
	seen := map[string]bool{}
	s.List(n, "requests", func(item *yaml.Node) {
		p := s.readPattern(item)
		if seen[p.Name] {
			s.Say(item, "there are two requests of the name %q", yamlfile.Clip(p.Name, 60))
		}
		seen[p.Name] = true
		s.plan.Patterns = append(s.plan.Patterns, p)
	})
}

// readPattern reads one request, or several steps under one name.
func (s *scenario) readPattern(n *yaml.Node) Pattern {
	p := Pattern{Weight: 1}
	weight := func(v *yaml.Node) {
		yamlfile.Into(&s.Reader, &p.Weight, parseLevel)(v)
		if p.Weight == 0 {
			s.Say(v, "a weight has to be above zero")
			p.Weight = 1
		}
	}
	if s.has(yamlfile.Plain(n), "steps") {
		var steps *yaml.Node
		s.Mapping(n, "a request with steps", yamlfile.Keys{
			"name": yamlfile.Into(&s.Reader, &p.Name, yamlfile.SomeText), "weight": weight, "steps": func(v *yaml.Node) { steps = v },
		})
		if p.Name == "" {
			s.Say(n, "steps need a name together")
		}
		s.List(steps, "steps", func(item *yaml.Node) {
			st := s.readStep(item, nil)
			st.Route = p.Name + " / " + st.Route
			p.Steps = append(p.Steps, st)
		})
		return p
	}
	st := s.readStep(n, yamlfile.Keys{"weight": weight})
	p.Name, p.Steps = st.Route, []Step{st}
	return p
}

// readStep reads one request.
func (s *scenario) readStep(n *yaml.Node, more yamlfile.Keys) Step {
	st := Step{Method: "", Think: s.think}
	var address *yaml.Node
	bodies := 0
	body := func(read func(*yaml.Node, *Step)) func(*yaml.Node) {
		return func(v *yaml.Node) { bodies++; read(v, &st) }
	}
	known := yamlfile.Keys{
		"name": yamlfile.Into(&s.Reader, &st.Route, yamlfile.SomeText), "method": yamlfile.Into(&s.Reader, &st.Method, parseMethod),
		"url": func(v *yaml.Node) { address = v }, "headers": func(v *yaml.Node) { st.Headers = s.readHeaders(v) },
		"json": body(s.readJSON), "form": body(s.readForm), "body": body(s.readBody),
		"think": func(v *yaml.Node) { s.readThink(v, &st.Think) },
		"check": func(v *yaml.Node) { st.Checks = s.readCheck(v) }, "take": func(v *yaml.Node) { st.Takes = s.readTakes(v) },
	}
	for key, read := range more {
		known[key] = read
	}
	s.Mapping(n, "a request", known)
	st.Headers = merged(s.headers, st.Headers)
	if bodies > 1 {
		s.Say(n, "a request has one of json, form and body")
	}
	if st.Method == "" {
		st.Method = map[bool]string{true: "POST", false: "GET"}[bodies > 0]
	}
	if address == nil {
		s.Say(n, "a request needs a url")
		return st
	}
	s.readURL(address, &st)
	if st.Route == "" {
		path, _, _ := strings.Cut(st.Path.String(), "?")
		st.Route = st.Method + " " + path
	}
	return st
}

func parseMethod(text string) (string, error) {
	m := strings.ToUpper(text)
	if !headerName(m) {
		return "", fmt.Errorf("%q is no method", yamlfile.Clip(text, 20))
	}
	return m, nil
}

// readURL takes a whole URL, or a path below the base.
func (s *scenario) readURL(n *yaml.Node, st *Step) {
	text := n.Value
	if !strings.Contains(text, "://") {
		if s.base == "" {
			if s.baseNode == nil {
				s.Say(n, "%q is below no base: base: http://127.0.0.1:8080 would give one", yamlfile.Clip(text, 60))
			}
			return
		}
		if !strings.HasPrefix(text, "/") {
			s.Say(n, "%q does not begin with /", yamlfile.Clip(text, 60))
			return
		}
		text = s.base + text
	}
	path := target(text)
	origin, _, err := ParseURL(strings.TrimSuffix(strings.SplitN(text, "#", 2)[0], path))
	if err != nil {
		s.Say(n, "%v", err)
		return
	}
	if strings.Contains(origin.Host, "{") {
		s.Say(n, "where a request goes cannot be a variable")
		return
	}
	st.Origin, st.Path = origin, s.template(n, path)
	for _, p := range st.Path.parts {
		if !p.variable && !sendable(p.text) {
			s.Say(n, "%q holds a space or a control character: %%20 is a space", yamlfile.Clip(text, 60))
		}
	}
}

// template parses a text with variables, which are checked in the end.
func (s *scenario) template(n *yaml.Node, text string) Template {
	t, err := ParseTemplate(text)
	if err != nil {
		s.Say(n, "%v", err)
	}
	for _, name := range t.Variables() {
		s.uses = append(s.uses, use{n, name})
	}
	return t
}

func (s *scenario) readHeaders(n *yaml.Node) []Header {
	var out []Header
	s.Pairs(n, "headers", func(key, value *yaml.Node) {
		if !headerName(key.Value) {
			s.Say(key, "%q is no name of a header", yamlfile.Clip(key.Value, 40))
		}
		var v string
		yamlfile.Into(&s.Reader, &v, yamlfile.AnyText)(value)
		out = append(out, Header{key.Value, s.template(value, v)})
	})
	return out
}

// merged: what a request says outweighs what all say.
func merged(all, own []Header) []Header {
	var out []Header
	for _, h := range all {
		if !hasHeader(own, h.Name) {
			out = append(out, h)
		}
	}
	return append(out, own...)
}

func hasHeader(list []Header, name string) bool {
	for _, h := range list {
		if strings.EqualFold(h.Name, name) {
			return true
		}
	}
	return false
}

func (s *scenario) readBody(n *yaml.Node, st *Step) {
	var text string
	yamlfile.Into(&s.Reader, &text, yamlfile.AnyText)(n)
	st.Body = s.template(n, text)
}

func (s *scenario) readJSON(n *yaml.Node, st *Step) {
	var v any
	if err := n.Decode(&v); err != nil {
		s.Say(n, "json: %v", err)
		return
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		s.Say(n, "json: %v", err)
		return
	}
	st.Body, st.Escape = s.template(n, strings.TrimSpace(b.String())), EscapeJSON
	s.contentType(st, "application/json")
}

func (s *scenario) readForm(n *yaml.Node, st *Step) {
	st.Escape = EscapeForm
	s.Pairs(n, "form", func(key, value *yaml.Node) {
		sep := "&"
		if len(st.Body.parts) == 0 {
			sep = ""
		}
		st.Body.parts = append(st.Body.parts, part{text: sep + escapeURL(key.Value) + "="})
		for _, p := range s.template(value, value.Value).parts {
			if !p.variable {
				p.text = escapeURL(p.text)
			}
			st.Body.parts = append(st.Body.parts, p)
		}
	})
	s.contentType(st, "application/x-www-form-urlencoded")
}

func (s *scenario) contentType(st *Step, value string) {
	if !hasHeader(st.Headers, "Content-Type") && !hasHeader(s.headers, "Content-Type") {
		st.Headers = append(st.Headers, Header{"Content-Type", Text(value)})
	}
}

func (s *scenario) readCheck(n *yaml.Node) []Check {
	var out []Check
	s.Mapping(n, "check", yamlfile.Keys{
		"status": func(v *yaml.Node) { out = append(out, Check{Statuses: s.readStatuses(v)}) },
		"contains": func(v *yaml.Node) {
			c := Check{}
			yamlfile.Into(&s.Reader, &c.Contains, yamlfile.SomeText)(v)
			out = append(out, c)
		},
		"matches": func(v *yaml.Node) {
			c := Check{}
			yamlfile.Into(&s.Reader, &c.Matches, parseRegexp)(v)
			out = append(out, c)
		},
		"json": func(v *yaml.Node) {
			s.Pairs(v, "json", func(key, value *yaml.Node) {
				c := Check{JSON: strings.Split(key.Value, ".")}
				yamlfile.Into(&s.Reader, &c.Equals, yamlfile.AnyText)(value)
				out = append(out, c)
			})
		},
	})
	return out
}

// readStatuses takes 200, 2xx, or a list of them.
func (s *scenario) readStatuses(n *yaml.Node) []int {
	if n.Kind == yaml.SequenceNode {
		out := []int{}
		s.List(n, "status", func(v *yaml.Node) { out = append(out, s.readStatuses(v)...) })
		return out
	}
	var v int
	yamlfile.Into(&s.Reader, &v, parseStatus)(n)
	return []int{v}
}

func parseStatus(text string) (int, error) {
	class, ok := strings.CutSuffix(strings.ToLower(text), "xx")
	v, err := strconv.Atoi(class)
	if err != nil || ok && (v < 1 || v > 5) || !ok && (v < 100 || v > 599) {
		return 0, fmt.Errorf("%q is no status: 200 and 2xx are", yamlfile.Clip(text, 20))
	}
	return v, nil
}

func (s *scenario) readTakes(n *yaml.Node) []Take {
	var out []Take
	s.Pairs(n, "take", func(key, value *yaml.Node) {
		s.name(key)
		t := Take{Name: key.Value}
		var path string
		s.Mapping(value, "take", yamlfile.Keys{
			"json": yamlfile.Into(&s.Reader, &path, yamlfile.SomeText), "header": yamlfile.Into(&s.Reader, &t.Header, yamlfile.SomeText), "matches": yamlfile.Into(&s.Reader, &t.Pattern, parseRegexp),
		})
		if path != "" {
			t.JSON = strings.Split(path, ".")
		}
		if n := len(t.JSON); n == 0 && t.Header == "" && t.Pattern == nil {
			s.Say(value, "a variable is taken from json, header or matches")
		}
		out = append(out, t)
	})
	return out
}

func (s *scenario) readTasks(n *yaml.Node, what string) []Task {
	var out []Task
	all := s.headers
	defer func() { s.headers = all }()
	if what == "setup" { // what all requests say may need what is only taken here
		s.headers = slices.DeleteFunc(slices.Clone(all), func(h Header) bool { return !h.Value.fixed() })
	}
	s.List(n, what, func(item *yaml.Node) {
		if !s.has(item, "command") {
			st := s.readStep(item, nil)
			out = append(out, Task{Step: &st})
			return
		}
		var t Task
		s.Mapping(item, "a command", yamlfile.Keys{"command": yamlfile.Into(&s.Reader, &t.Command, yamlfile.SomeText)})
		out = append(out, t)
	})
	return out
}

func (s *scenario) readThresholds(n *yaml.Node) {
	s.List(n, "thresholds", func(v *yaml.Node) {
		var t Threshold
		yamlfile.Into(&s.Reader, &t, ParseThreshold)(v)
		if t.Route != "" {
			s.checkRoute(v, t.Route)
		}
		s.plan.Thresholds = append(s.plan.Thresholds, t)
	})
}

func (s *scenario) checkRoute(n *yaml.Node, route string) {
	if names, known := s.plan.routes(); len(names) > 0 {
		if _, ok := known[route]; !ok {
			s.Say(n, "there is no request of the name %q", yamlfile.Clip(route, 60))
		}
	}
}
