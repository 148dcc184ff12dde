package loadtest

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"mltop/internal/yamlfile"
)

// A Template is a text with {{variables}} in it.
type Template struct {
	parts []part
}

// A part is a literal text or the name of a variable.
type part struct {
	text     string
	variable bool
}

// Text is a template without variables.
func Text(s string) Template { return Template{parts: []part{{text: s}}} }

// ParseTemplate finds the variables of a text: {{name}}, and {{$seq}},
// {{$random}} and {{$uuid}}, which are new for every request.
func ParseTemplate(s string) (Template, error) {
	var t Template
	for s != "" {
		head, rest, found := strings.Cut(s, "{{")
		if head != "" {
			t.parts = append(t.parts, part{text: head})
		}
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}}")
		name = strings.TrimSpace(name)
		if !closed {
			return t, fmt.Errorf("{{%s is not closed by }}", yamlfile.Clip(rest, 20))
		}
		if !variableName(name) {
			return t, fmt.Errorf("{{%s}} is no variable: letters, digits and _, or $seq, $random, $uuid", yamlfile.Clip(name, 20))
		}
		t.parts, s = append(t.parts, part{text: name, variable: true}), after
	}
	return t, nil
}

func variableName(s string) bool {
	if own, ok := strings.CutPrefix(s, "$"); ok {
		return own == "seq" || own == "random" || own == "uuid"
	}
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
}

// fixed reports a template that is the same for every request.
func (t Template) fixed() bool {
	for _, p := range t.parts {
		if p.variable {
			return false
		}
	}
	return true
}

// Variables are the names that the template needs.
func (t Template) Variables() []string {
	var out []string
	for _, p := range t.parts {
		if p.variable && !strings.HasPrefix(p.text, "$") {
			out = append(out, p.text)
		}
	}
	return out
}

// String is the template as it was written.
func (t Template) String() string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.variable {
			b.WriteString("{{" + p.text + "}}")
		} else {
			b.WriteString(p.text)
		}
	}
	return b.String()
}

// A scope is what variables stand for.
type scope struct {
	vars map[string]string
	seq  uint64 // of this request, over the whole run
	rand *rand.Rand
}

// fill puts values into the template; escape makes each of them fit its
// place.
func (t Template) fill(s *scope, escape func(string) string) (string, error) {
	if len(t.parts) == 1 && !t.parts[0].variable {
		return t.parts[0].text, nil
	}
	var b strings.Builder
	for _, p := range t.parts {
		if !p.variable {
			b.WriteString(p.text)
			continue
		}
		v, err := s.value(p.text)
		if err != nil {
			return "", err
		}
		b.WriteString(escape(v))
	}
	return b.String(), nil
}

func (s *scope) value(name string) (string, error) {
	switch name {
	case "$seq":
		return strconv.FormatUint(s.seq, 10), nil
	case "$random":
		return strconv.FormatUint(uint64(s.rand.Uint32()), 10), nil
	case "$uuid": // version 4, RFC 9562
		a, b := s.rand.Uint64(), s.rand.Uint64()
		return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff), nil
	}
	v, ok := s.vars[name]
	if !ok {
		return "", fmt.Errorf("{{%s}} has no value yet", name)
	}
	return v, nil
}
