package db

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// A Drawer is an engine that finds constants for the placeholders of a
// normalised statement: a typical set, and the worst.
type Drawer interface {
	Draw(ctx context.Context, sql string) (typical, worst []any, err error)
}

// Values are what is known of a column's values, as text.
type Values struct {
	Common []CommonValue // the most frequent first
	// Bounds rise: between each two lie as many rows.
	Bounds []string
}

// A CommonValue is one value and its share of the rows.
type CommonValue struct {
	Value string
	Share float64
}

// SortedValues makes Values of a column's values in a sample of rows, which
// rise.
func SortedValues(sorted []string) Values {
	v := Values{Bounds: sorted}
	for i := 0; i < len(sorted); {
		end := i
		for end < len(sorted) && sorted[end] == sorted[i] {
			end++
		}
		if end-i > 1 || len(sorted) == 1 {
			v.Common = append(v.Common, CommonValue{sorted[i], float64(end-i) / float64(len(sorted))})
		}
		i = end
	}
	slices.SortStableFunc(v.Common, func(a, b CommonValue) int { return int(max(-1, min(1, (b.Share-a.Share)*1e9))) })
	return v
}

// Where a range begins or ends, as quantiles of the column: a typical one
// takes a tenth of the rows, the worst half of them, or all of a closed one's
// middle.
const (
	typicalLow, typicalHigh = 0.9, 0.1
	worstLow, worstHigh     = 0.5, 0.5
	betweenLow, betweenHigh = 0.45, 0.55
	widestLow, widestHigh   = 0.25, 0.75
)

// Draw chooses a value that a statement is typically given for a placeholder,
// and the one for which it does most; ok is false where no value is known.
func (v Values) Draw(p Placeholder, closed bool) (typical, worst string, ok bool) {
	if len(v.Common) == 0 && len(v.Bounds) == 0 {
		return "", "", false
	}
	switch {
	case p.Role == RoleLow && closed:
		return v.Quantile(betweenLow), v.Quantile(widestLow), true
	case p.Role == RoleLow:
		return v.Quantile(typicalLow), v.Quantile(worstLow), true
	case p.Role == RoleHigh && closed:
		return v.Quantile(betweenHigh), v.Quantile(widestHigh), true
	case p.Role == RoleHigh:
		return v.Quantile(typicalHigh), v.Quantile(worstHigh), true
	}
	typical = v.typical()
	if worst = typical; len(v.Common) > 0 {
		worst = v.Common[0].Value
	}
	return typical, worst, true
}

// typical is the value of the row in the middle, rows with frequent values
// first.
func (v Values) typical() string {
	sum := 0.0
	for _, c := range v.Common {
		if sum += c.Share; sum >= 0.5 {
			return c.Value
		}
	}
	if len(v.Bounds) > 0 {
		return v.Bounds[len(v.Bounds)/2]
	}
	return v.Common[len(v.Common)/2].Value
}

// Quantile is the value below which a share of the rows lies.
func (v Values) Quantile(q float64) string {
	if len(v.Bounds) > 1 {
		return v.Bounds[min(int(q*float64(len(v.Bounds))), len(v.Bounds)-1)]
	}
	sorted := slices.Clone(v.Common)
	slices.SortFunc(sorted, func(a, b CommonValue) int { return compareText(a.Value, b.Value) })
	all := 0.0
	for _, c := range sorted {
		all += c.Share
	}
	sum := 0.0
	for _, c := range sorted {
		if sum += c.Share; sum > q*all {
			return c.Value
		}
	}
	if len(sorted) > 0 {
		return sorted[len(sorted)-1].Value
	}
	return v.Bounds[0]
}

// compareText orders numbers as numbers, anything else as text.
func compareText(a, b string) int {
	x, err1 := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	switch {
	case err1 != nil || err2 != nil:
		return strings.Compare(a, b)
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// Closed reports whether a statement gives both ends of the range that a
// placeholder is one end of.
func (s *Shape) Closed(p Placeholder) bool {
	low, high := false, false
	for _, o := range s.Placeholders {
		if o.Table == p.Table && o.Column == p.Column {
			low, high = low || o.Role == RoleLow, high || o.Role == RoleHigh
		}
	}
	return low && high
}

// A page of rows that a user looks at: what a LIMIT that is not known is taken
// for.
const typicalLimit = 50

// DrawArgs chooses values for all placeholders of a statement; values answers
// what is known of what one is compared with or stored in. A placeholder of
// which nothing is known is 1.
func (s *Shape) DrawArgs(values func(Placeholder) (Values, error)) (typical, worst []any, err error) {
	for _, p := range s.Placeholders {
		t, w, err := s.drawOne(p, values)
		if err != nil {
			return nil, nil, err
		}
		typical, worst = append(typical, t), append(worst, w)
	}
	return typical, worst, nil
}

func (s *Shape) drawOne(p Placeholder, values func(Placeholder) (Values, error)) (typical, worst any, err error) {
	switch {
	case p.Role == RoleLimit:
		return int64(typicalLimit), int64(typicalLimit), nil
	case p.Role == RoleOffset:
		return int64(0), int64(0), nil
	case p.Table == "" || p.Column == "":
		return int64(1), int64(1), nil
	}
	v, err := values(p)
	if err != nil {
		return nil, nil, err
	}
	t, w, ok := v.Draw(p, s.Closed(p))
	if !ok {
		return int64(1), int64(1), nil
	}
	return t, w, nil
}
