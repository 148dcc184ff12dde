// Package yamlfile takes YAML apart by hand and says all its mistakes at once,
// each with file, line and column.
package yamlfile

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"mltop/internal/near"
)

// A Reader takes YAML apart and keeps going after a mistake, so that all of
// them are said at once.
type Reader struct {
	File     string
	problems []problem
}

type problem struct {
	line, column int
	text         string
}

// Say notes a mistake at a node.
func (r *Reader) Say(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, problem{n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// Fine reports that no mistake was noted.
func (r *Reader) Fine() bool { return len(r.problems) == 0 }

// Err is all problems, from the first line on.
func (r *Reader) Err() error {
	slices.SortStableFunc(r.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	var errs []error
	for _, p := range r.problems {
		errs = append(errs, fmt.Errorf("%s:%d:%d: %s", r.File, p.line, p.column, p.text))
	}
	return errors.Join(errs...)
}

// Document is the root of a text.
func (r *Reader) Document(text string) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		r.problems = append(r.problems, unreadable(text, err.Error()))
		return nil
	}
	if len(doc.Content) == 0 {
		r.problems = append(r.problems, problem{1, 1, "there is nothing in it"})
		return nil
	}
	return doc.Content[0]
}

// Keys are what a mapping may hold, and who reads it.
type Keys map[string]func(*yaml.Node)

// Mapping hands each value to its reader; unknown Keys and those given twice
// are mistakes.
func (r *Reader) Mapping(n *yaml.Node, what string, known Keys) {
	r.Pairs(n, what, func(key, value *yaml.Node) {
		read, ok := known[key.Value]
		if !ok {
			r.Say(key, "unknown key %s in %s: %s", Clip(key.Value, 40), what, insteadOf(key.Value, slices.Sorted(maps.Keys(known))))
			return
		}
		read(value)
	})
}

// insteadOf is what a key was meant to be, or all that it may be.
func insteadOf(key string, known []string) string {
	if meant := near.To(key, known); meant != "" {
		return "did you mean " + meant + "?"
	}
	return "it may have " + strings.Join(known, ", ")
}

// Pairs goes through a mapping.
func (r *Reader) Pairs(n *yaml.Node, what string, each func(key, value *yaml.Node)) {
	if n = Plain(n); n.Kind != yaml.MappingNode {
		r.Say(n, "%s has to be keys and values", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], Plain(n.Content[i+1])
		if seen[key.Value] {
			r.Say(key, "%s is given twice in %s", Clip(key.Value, 40), what)
			continue
		}
		seen[key.Value] = true
		each(key, value)
	}
}

// List goes through a list.
func (r *Reader) List(n *yaml.Node, what string, each func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		r.Say(n, "%s has to be a list", what)
		return
	}
	for _, item := range n.Content {
		each(Plain(item))
	}
}

// Plain is what an alias stands for.
func Plain(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// Into makes a reader of one value that a function parses.
func Into[T any](r *Reader, to *T, parse func(string) (T, error)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			r.Say(n, "one value is wanted here")
			return
		}
		v, err := parse(n.Value)
		if err != nil {
			r.Say(n, "%v", err)
			return
		}
		*to = v
	}
}

// AnyText takes every text.
func AnyText(s string) (string, error) { return s, nil }

// SomeText takes a text with something in it.
func SomeText(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", errors.New("it is empty")
	}
	return s, nil
}

// ParseDuration reads a duration from 0 on.
func ParseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.ReplaceAll(s, " ", ""))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is no duration: 1s, 250ms, 5m are", Clip(s, 40))
	}
	return d, nil
}

// ParseCount reads a whole number from 0 on.
func ParseCount(s string) (int, error) {
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("%q is no whole number from 0 on", Clip(s, 40))
	}
	return v, nil
}

// ParseBool reads true or false.
func ParseBool(s string) (bool, error) {
	switch s {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", Clip(s, 40))
}

// Positive takes a duration above zero.
func Positive(s string) (time.Duration, error) {
	d, err := ParseDuration(s)
	if err == nil && d == 0 {
		err = errors.New("it has to be above zero")
	}
	return d, err
}

// SomeCount takes a whole number above zero.
func SomeCount(s string) (int, error) {
	n, err := ParseCount(s)
	if err == nil && n == 0 {
		err = errors.New("it has to be above zero")
	}
	return n, err
}

// ParseRatio reads 20% or 0.2.
func ParseRatio(s string) (float64, error) {
	text, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%q is no ratio: 20%% or 0.2 are", Clip(s, 40))
	}
	return v, nil
}

// Clip cuts a text for an error.
func Clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
