package diagnose

import (
	"fmt"
	"time"

	"mltop/collectors"
	"mltop/internal/units"
)

// preparedLong is far beyond the moment that a coordinator needs between the
// halves of its commit: behind it, it has forgotten the transaction.
const preparedLong = 5 * time.Minute

// preparedText names a prepared transaction, whose it is and its age.
func preparedText(s collectors.Session) string {
	text := "prepared transaction '" + s.Prepared.Name + "'"
	switch {
	case s.Prepared.NoAge != "":
		return text + ", of unknown age: " + s.Prepared.NoAge
	case s.Prepared.Begun:
		return text + ", begun " + units.Ago(s.For) + " ago"
	}
	return fmt.Sprintf("%s of %s, prepared %s ago", text, orUnknown(s.User), units.Ago(s.For))
}

func orUnknown(user string) string {
	if user == "" {
		return "an unknown user"
	}
	return user
}

// orphaned finds the prepared transaction that nobody has ended for the
// longest time, where nobody waits for one yet.
func orphaned(f *facts) []Finding {
	d := f.snap.Database
	if d == nil {
		return nil
	}
	var oldest *collectors.Session
	n := 0
	for i, s := range d.Sessions {
		if s.Prepared == nil || s.For < preparedLong {
			continue
		}
		if n++; oldest == nil || s.For > oldest.For {
			oldest = &d.Sessions[i]
		}
	}
	if oldest == nil || preparedHolds(d) {
		return nil
	}
	x := Finding{
		Rule: "orphaned prepared transaction", Level: Warn, View: "sessions", Weight: 0.02,
		Text:    preparedText(*oldest) + ": it keeps its locks and old rows from being cleaned up, and outlives a restart",
		Against: []string{oldest.Prepared.Cure(), "a coordinator that is down may end it when it is back"},
	}
	if n > 1 {
		x.Text += fmt.Sprintf("; %d more for over 5 min", n-1)
	}
	return []Finding{x}
}

// preparedHolds reports that others wait for a prepared transaction.
func preparedHolds(d *collectors.Database) bool {
	for _, b := range d.Blocking() {
		if b.At >= 0 && d.Sessions[b.At].Prepared != nil {
			return true
		}
	}
	return false
}
