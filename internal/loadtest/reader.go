package loadtest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A reader takes YAML apart and keeps going after a mistake, so that all of
// them are said at once.
type reader struct {
	file     string
	problems []problem
}

type problem struct {
	line, column int
	text         string
}

func (r *reader) say(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, problem{n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// err is all problems, from the first line on.
func (r *reader) err() error {
	slices.SortStableFunc(r.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	var errs []error
	for _, p := range r.problems {
		errs = append(errs, fmt.Errorf("%s:%d:%d: %s", r.file, p.line, p.column, p.text))
	}
	return errors.Join(errs...)
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)

// document is the root of a text; yaml knows no column of what it cannot
// read.
func (r *reader) document(text string) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		m := yamlLine.FindStringSubmatch(err.Error())
		if m == nil {
			m = []string{"", "", err.Error()}
		}
		line, _ := strconv.Atoi(m[1]) // without one it is the first
		r.problems = append(r.problems, problem{max(line, 1), 1, m[2]})
		return nil
	}
	if len(doc.Content) == 0 {
		r.problems = append(r.problems, problem{1, 1, "there is nothing in it"})
		return nil
	}
	return doc.Content[0]
}

// keys are what a mapping may hold, and who reads it.
type keys map[string]func(*yaml.Node)

// mapping hands each value to its reader; unknown keys and those given twice
// are mistakes.
func (r *reader) mapping(n *yaml.Node, what string, known keys) {
	r.pairs(n, what, func(key, value *yaml.Node) {
		read, ok := known[key.Value]
		if !ok {
			r.say(key, "unknown key %s in %s: it may have %s", clip(key.Value, 40), what, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			return
		}
		read(value)
	})
}

// pairs goes through a mapping.
func (r *reader) pairs(n *yaml.Node, what string, each func(key, value *yaml.Node)) {
	if n = plain(n); n.Kind != yaml.MappingNode {
		r.say(n, "%s has to be keys and values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], plain(n.Content[i+1])
		if seen[key.Value] {
			r.say(key, "%s is given twice in %s", clip(key.Value, 40), what)
			continue
		}
		seen[key.Value] = true
		each(key, value)
	}
}

func (r *reader) list(n *yaml.Node, what string, each func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.say(n, "%s has to be a list", what)
		return
	}
	for _, item := range n.Content {
		each(plain(item))
	}
}

// plain is what an alias stands for.
func plain(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// into makes a reader of one value that a function parses.
func into[T any](r *reader, to *T, parse func(string) (T, error)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			r.say(n, "one value is wanted here")
			return
		}
		v, err := parse(n.Value)
		if err != nil {
			r.say(n, "%v", err)
			return
		}
		*to = v
	}
}

func anyText(s string) (string, error) { return s, nil }

func someText(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", errors.New("it is empty")
	}
	return s, nil
}

func parseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.ReplaceAll(s, " ", ""))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration: 1s, 250ms, 5m are", clip(s, 40))
	}
	return d, nil
}

func parseLevel(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is no number from 0 on", clip(s, 40))
	}
	return v, nil
}

func parseCount(s string) (int, error) {
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("%q is no whole number from 0 on", clip(s, 40))
	}
	return v, nil
}

// parseSeed: JSON's numbers are exact below 2⁵³.
func parseSeed(s string) (uint64, error) {
	v, err := strconv.ParseUint(s, 10, 53)
	if err != nil {
		return 0, fmt.Errorf("%q is no whole number from 0 to 2⁵³", clip(s, 40))
	}
	return v, nil
}

func parseBool(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", clip(s, 40))
}

func parseRegexp(s string) (*regexp.Regexp, error) {
	e, err := regexp.Compile(s)
	if err != nil {
		return nil, fmt.Errorf("%q is no regular expression: %w", clip(s, 40), err)
	}
	return e, nil
}
