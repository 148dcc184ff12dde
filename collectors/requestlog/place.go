package requestlog

import (
	"fmt"
	"slices"
	"time"

	"mltop/internal/db"
)

const (
	// ahead: a clock may be off by so much before its times are not believed.
	ahead = 5 * time.Second
	// zoneStep: clocks set to local time are off by quarters of an hour.
	zoneStep = 15 * time.Minute
	// zoneMost: no zone is further from another.
	zoneMost = 26 * time.Hour
)

// oldest: requests are not logged before HTTP was there.
var oldest = time.Date(1991, 1, 1, 0, 0, 0, 0, time.UTC)

// valid is a row's time on our clock; zero if it cannot be.
func (c *Collector) valid(t time.Time) time.Time {
	if t.IsZero() || t.Before(oldest) {
		return time.Time{}
	}
	t = t.Add(-c.lag)
	if t.After(c.believed) {
		return time.Time{}
	}
	return t
}

// place gives every row a time. A row without a usable one happened when its
// neighbour by id did; a live one with no such neighbour, now.
func (c *Collector) place(rows []item, live bool) {
	var near time.Time
	if live || c.table.Time == "" {
		near = c.now()
	}
	for i := range rows {
		if rows[i].at = c.valid(rows[i].Time); !rows[i].at.IsZero() {
			near = rows[i].at
			continue
		}
		c.notes.time(&rows[i].RequestRow, &c.table)
		rows[i].at = near
	}
	for i := len(rows) - 1; i >= 0; i-- { // those ahead of the first good one
		if rows[i].at.IsZero() {
			rows[i].at = near
		} else {
			near = rows[i].at
		}
	}
}

// zone is by how much a writer's clock is ahead of now, in quarters of an
// hour, judged by its newest rows; 0 when it is not.
func zone(rows []item, now time.Time) time.Duration {
	var off []time.Duration
	for i := range rows {
		if t := rows[i].Time; !t.IsZero() {
			off = append(off, t.Sub(now))
		}
	}
	if len(off) == 0 {
		return 0
	}
	slices.Sort(off)
	mid := off[len(off)/2]
	if mid < time.Minute || mid > zoneMost {
		return 0
	}
	return (mid + zoneStep - 1).Truncate(zoneStep)
}

// notes count what rows did not tell, by the value that lacks it.
type notes map[string]int

func (n notes) row(r *db.RequestRow, t *db.RequestTable) {
	if r.Status == 0 && t.Status != "" {
		n["status"]++
	}
	if !r.HasDuration && t.Duration != "" {
		n["latency"]++
	}
}

func (n notes) time(r *db.RequestRow, t *db.RequestTable) {
	switch {
	case t.Time == "":
	case r.Time.IsZero():
		n["time"]++
	default:
		n["odd time"]++
	}
}

func (n notes) texts() map[string]string {
	out := map[string]string{}
	for key, format := range map[string]string{
		"status":   "%d rows without a readable status are in no error ratio",
		"latency":  "%d rows without a readable duration are in no latency",
		"time":     "%d rows without a readable time were counted beside their neighbours by id",
		"odd time": "%d rows dated in the future or before 1991 were counted beside their neighbours by id",
	} {
		if n[key] > 0 {
			out[key] = fmt.Sprintf(format, n[key])
		}
	}
	return out
}
