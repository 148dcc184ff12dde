package collectors

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// Attached is what a database was like when mltop last looked at it: enough to
// tell at the next attach what changed meanwhile. It holds no rows.
type Attached struct {
	At       time.Time         `json:"at"`
	Version  string            `json:"version"`
	Started  time.Time         `json:"started"` // of the server; zero where there is none
	Settings map[string]string `json:"settings"`
	Objects  []AttachedObject  `json:"objects"`
}

// AttachedObject is a table or an index.
type AttachedObject struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	Text       string `json:"text"`
	Definition string `json:"definition"`
}

// Attach is what d is like now; false until catalog and settings are known, all
// of them: a table behind a lock would be compared without its indexes.
func (d *Database) Attach() (Attached, bool) {
	if d.Schema == nil || d.Settings == nil || d.Stats.Unread || len(d.Schema.UnseenTables()) > 0 {
		return Attached{}, false
	}
	a := Attached{At: d.At.UTC(), Version: d.Stats.Version, Started: d.Stats.Started.UTC(), Settings: map[string]string{}}
	for _, s := range d.Settings {
		if !MayHoldSecret(s.Name) && s.Source != givenByClient {
			a.Settings[s.Name] = s.Value
		}
	}
	for _, o := range objectsOf(d.Schema, nil) {
		a.Objects = append(a.Objects, AttachedObject{o.kind, o.name, o.text, o.definition})
	}
	return a, true
}

// givenByClient is the source of what our own session asked for when it began
// (pg_settings.source): the next may ask for something else.
const givenByClient = "client"

// MayHoldSecret names settings that are not written down.
func MayHoldSecret(name string) bool {
	for _, part := range []string{"conninfo", "password", "passphrase", "secret", "init_connect"} {
		if strings.Contains(strings.ToLower(name), part) {
			return true
		}
	}
	return false
}

// restartJitter is how far two readings of one start may be apart.
const restartJitter = 5 * time.Second

// Since lists what is not as it was at an earlier attach.
func (a Attached) Since(before Attached) []Event {
	var out []Event
	ago := ageText(a.At.Sub(before.At))
	add := func(e Event) {
		e.At, e.After, e.Text = a.At, before.At, "since the last attach "+ago+" ago: "+e.Text
		out = append(out, e)
	}
	if a.Version != before.Version {
		add(Event{Kind: "version", Text: before.Version + " → " + a.Version, What: "version", From: before.Version, To: a.Version})
	}
	if !before.Started.IsZero() && a.Started.Sub(before.Started) > restartJitter {
		text := "the server was started again " + ageText(a.At.Sub(a.Started)) + " ago"
		add(Event{Kind: "restart", Text: text, What: text})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Settings)) {
		if old, ok := before.Settings[name]; ok && old != a.Settings[name] {
			add(settingChange(name, old, a.Settings[name]))
		}
	}
	for _, e := range schemaChanges(before.objects(), a.objects(), a.At) {
		add(e)
	}
	return out
}

func (a Attached) objects() []object {
	out := make([]object, len(a.Objects))
	for i, o := range a.Objects {
		out[i] = object{o.Kind, o.Name, o.Text, o.Definition}
	}
	return out
}

// catalogChanges compares two catalogs. Of a table that one of them could not
// look into nobody knows whether it has changed.
func catalogChanges(before, now *db.Schema, at time.Time) []Event {
	unseen := map[string]bool{}
	for _, t := range append(before.UnseenTables(), now.UnseenTables()...) {
		unseen[t.Schema+"."+t.Name] = true
	}
	return schemaChanges(objectsOf(before, unseen), objectsOf(now, unseen), at)
}

// keyOf tells objects apart: every table of MySQL's has an index PRIMARY. The
// text names the table too; what an index is made of, behind it, may change.
func keyOf(o object) string {
	text, _, _ := strings.Cut(o.text, "(")
	return o.kind + "\x00" + strings.ToLower(text)
}

// ageText writes how long ago something was, in the unit that fits.
func ageText(d time.Duration) string {
	for _, u := range []struct {
		below, of time.Duration
		name      string
	}{{2 * time.Minute, time.Second, "s"}, {2 * time.Hour, time.Minute, "min"}, {48 * time.Hour, time.Hour, "h"}} {
		if d < u.below {
			return fmt.Sprintf("%d %s", d/u.of, u.name)
		}
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
}
