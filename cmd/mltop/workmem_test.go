package main

import (
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
)

func TestAnotherWorkMemBeginsTheCountAnew(t *testing.T) {
	at := time.Unix(1000, 0)
	look := func(r *seenRates, minute int, workMem string) {
		s := collectors.Database{Stats: db.Stats{At: at.Add(time.Duration(minute) * time.Minute)}}
		if workMem != "" {
			s.Settings = []db.Setting{{Name: "work_mem", Value: workMem}}
		}
		r.putDatabase(&s)
	}
	for _, row := range []struct {
		name string
		seen []string
		want int // the minute of the look that is compared with
	}{
		{"left alone, the first look stays", []string{"4MB", "4MB", "4MB"}, 0},
		{"settings that come late are no change", []string{"", "4MB", "4MB"}, 0},
		{"raised, what was counted before is over", []string{"4MB", "4MB", "64MB", "64MB"}, 2},
		{"and again", []string{"4MB", "64MB", "", "4MB"}, 3},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := &seenRates{}
			for minute, value := range row.seen {
				look(r, minute, value)
			}
			if got := int(r.seen().Before.At.Sub(at).Minutes()); got != row.want {
				t.Errorf("compares with minute %d, want %d", got, row.want)
			}
		})
	}
}
