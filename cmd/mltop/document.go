package main

import (
	"math"
	"time"
)

// schemaVersion of all JSON that mltop writes: it rises when a field changes
// its meaning or goes away, not when one is added.
const schemaVersion = 1

// A targetDoc says what a document speaks of.
type targetDoc struct {
	Name   string `json:"name"`
	Engine string `json:"engine"`
	Path   string `json:"path"`
}

// reasons says of each value that is null why it is, by section and field.
type reasons map[string]string

// number is v where it was measured; where not, the reason is kept.
func (r reasons) number(field string, v float64, why string) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.say(field, why)
		return nil
	}
	return &v
}

// pointer passes a value on and keeps the reason for a missing one.
func (r reasons) pointer(field string, p *float64, missing map[string]string) *float64 {
	if p == nil {
		r.say(field, missing[lastPart(field)])
		return nil
	}
	return r.number(field, *p, "the value is not a number")
}

func (r reasons) integer(field string, p *int64, missing map[string]string) *int64 {
	if p == nil {
		r.say(field, missing[lastPart(field)])
	}
	return p
}

func (r reasons) say(field, why string) {
	if why == "" {
		why = "not measured"
	}
	if _, known := r[field]; !known {
		r[field] = why
	}
}

func lastPart(field string) string {
	for i := len(field) - 1; i >= 0; i-- {
		if field[i] == '.' {
			return field[i+1:]
		}
	}
	return field
}

// utc is how every time is written: RFC 3339 in UTC; null when unknown.
func utc(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
