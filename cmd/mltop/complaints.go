package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"mltop/collectors"
)

// complaints say what of the named sources of statements could not be used.
func complaints(now collectors.Snapshot) []string {
	var out []string
	for _, s := range now.Statements {
		for _, key := range byLine(s.Missing) {
			out = append(out, s.Missing[key])
		}
	}
	if others := now.Database.Hidden(); others != "" {
		out = append(out, others)
	}
	for _, name := range []string{"queries", "query log"} {
		if why := now.Errors[name]; why != "" {
			out = append(out, why)
		}
	}
	return out
}

// byLine sorts keys that are "line 9" and "line 10" as one reads a file.
func byLine(missing map[string]string) []string {
	keys := sortedKeys(missing)
	slices.SortStableFunc(keys, func(a, b string) int { return len(a) - len(b) })
	return keys
}

// sayComplaints puts them among the reasons, under what they are about.
func (r reasons) sayComplaints(now collectors.Snapshot) {
	for _, s := range now.Statements {
		for _, key := range byLine(s.Missing) {
			r.say(strings.Join(slices.DeleteFunc([]string{"statements", s.Source.Name, key}, func(part string) bool { return part == "" }), "."), s.Missing[key])
		}
	}
}

// checkFiles refuses a queries file that is not there: nobody means an empty
// one. A query log may be written later.
func (o *options) checkFiles() error {
	for _, path := range o.queries {
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s is a directory", path)
		}
		if err != nil {
			return usagef("--queries: %v", err)
		}
	}
	return nil
}
