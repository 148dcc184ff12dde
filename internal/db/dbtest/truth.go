package dbtest

import (
	"math"
	"reflect"
	"testing"

	"mltop/internal/db"
)

// numbersOf are the fields of Stats that are numbers by their JSON names, and
// the counters by theirs. Gauges of the engine's own are left out: between two
// looks they go up and down as they like.
func numbersOf(st db.Stats) map[string]float64 {
	out := map[string]float64{}
	v := reflect.ValueOf(st)
	for i := range v.NumField() {
		switch p := v.Field(i).Interface().(type) {
		case *float64:
			if p != nil {
				out[FieldName(v.Type().Field(i).Name)] = *p
			}
		case *int64:
			if p != nil {
				out[FieldName(v.Type().Field(i).Name)] = float64(*p)
			}
		}
	}
	for _, c := range st.Counters {
		if !c.Gauge {
			out[c.Name] = c.Value
		}
	}
	return out
}

// numbersAreThere: what the engine has to measure here is measured. A reason
// in Missing is no number.
func numbersAreThere(t *testing.T, s Subject) {
	st := must(s.Engine.Stats(t.Context()))(t)
	got := numbersOf(st)
	for _, name := range s.Numbers {
		if v, ok := got[name]; !ok || math.IsNaN(v) || v < 0 {
			t.Errorf("%s: got no number (%s)", name, st.Missing[name])
		}
	}
}

// numbersAreTrue: each lies between what the server itself says right before
// and right after the look.
func numbersAreTrue(t *testing.T, s Subject) {
	names := numbersOf(must(s.Engine.Stats(t.Context()))(t))
	before := map[string]float64{}
	for name := range names {
		if v, ok := s.Truth(t, name); ok {
			before[name] = v
		}
	}
	got := numbersOf(must(s.Engine.Stats(t.Context()))(t))
	for name, low := range before {
		high, _ := s.Truth(t, name)
		const rounding = 1e-6 // of seconds that are counted in thousandths
		if v, ok := got[name]; !ok || v < min(low, high)-rounding || v > max(low, high)+rounding {
			t.Errorf("%s: got %v, the server says %v before and %v after", name, v, low, high)
		}
	}
	if len(before) < len(s.Numbers)/2 {
		t.Errorf("%d numbers were compared, of %d that have to be there", len(before), len(s.Numbers))
	}
}
