package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"mltop/internal/units"
)

// A Duration is written as in Go: 1s, 250ms, 5m.
type Duration string

// A Bytes is a size: 500MB, 1.5GiB, 4096.
type Bytes string

// A Ratio is 0.05 or 5%.
type Ratio string

// A Number is a number above zero.
type Number string

// A Theme names a palette.
type Theme string

// A Color says when to use colour.
type Color string

// A Graph says what charts are drawn with.
type Graph string

// The words that a theme, a colour and a graph may be.
const (
	Themes = "auto|dark|light|ansi16|mono|high-contrast"
	Colors = "auto|always|never"
	Graphs = "auto|braille|block|ascii"
)

// UnmarshalYAML checks the value where its line is known.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, d, func(s string) error { _, err := ParseDuration(s); return err })
}

// UnmarshalYAML checks the value where its line is known.
func (b *Bytes) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, b, func(s string) error { _, err := units.ParseBytes(s); return err })
}

// UnmarshalYAML checks the value where its line is known.
func (r *Ratio) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, r, func(s string) error { _, err := ParseRatio(s); return err })
}

// UnmarshalYAML checks the value where its line is known.
func (v *Number) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, v, func(s string) error { _, err := ParseNumber(s); return err })
}

// UnmarshalYAML checks the value where its line is known.
func (t *Theme) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, t, func(s string) error { return OneOf(s, Themes) })
}

// UnmarshalYAML checks the value where its line is known.
func (c *Color) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, c, func(s string) error { return OneOf(s, Colors) })
}

// UnmarshalYAML checks the value where its line is known.
func (g *Graph) UnmarshalYAML(n *yaml.Node) error {
	return scalar(n, g, func(s string) error { return OneOf(s, Graphs) })
}

func scalar[T ~string](n *yaml.Node, to *T, check func(string) error) error {
	if n.Kind != yaml.ScalarNode {
		return fmt.Errorf("line %d: one value is wanted", n.Line)
	}
	if err := check(n.Value); err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	*to = T(n.Value)
	return nil
}

// OneOf checks that s is one of the words between bars; before the first one
// stands a bar where none is right, too.
func OneOf(s, words string) error {
	for _, w := range strings.Split(words, "|") {
		if s == w {
			return nil
		}
	}
	return fmt.Errorf("%q is none of %s", s, strings.ReplaceAll(strings.TrimPrefix(words, "|"), "|", ", "))
}

// ParseDuration reads a duration above zero.
func ParseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.ReplaceAll(s, " ", ""))
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is no duration: 1s, 250ms, 5m are", s)
	}
	return d, nil
}

// ParseNumber reads a finite number above zero.
func ParseNumber(s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(v > 0) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("%q is no number above zero", s)
	}
	return v, nil
}

// ParseRatio reads 0.05 or 5%.
func ParseRatio(s string) (float64, error) {
	text, percent := strings.CutSuffix(strings.TrimSpace(s), "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%q is no ratio: 0.05 and 5%% are", s)
	}
	return v, nil
}
