package main

import (
	"os"

	"mltop/internal/export"
	"mltop/internal/units"
)

// A placeDoc is one thing that could be attached to.
type placeDoc struct {
	Path      string      `json:"path"` // "" when no database file is seen
	Bytes     *int64      `json:"bytes"`
	Processes []holderDoc `json:"processes"`
	Reason    string      `json:"reason,omitempty"` // why it cannot be attached to
}

type holderDoc struct {
	PID   int    `json:"pid"`
	Name  string `json:"name"`
	Ports []int  `json:"ports"`
}

type placesDoc struct {
	SchemaVersion int        `json:"schema_version"`
	Targets       []placeDoc `json:"targets"`
}

// noFile is why a listening process is shown all the same: it is what the
// user may have come for.
const noFile = "no database file is seen: name one, or run as the user it runs as"

// lookAround lists what could be attached to from here.
func lookAround() []place {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	return append(discoverServers(os.DirFS("/")), discover(os.DirFS("."), dir, seeProcesses())...)
}

func placesView(places []place) view {
	doc := placesDoc{SchemaVersion: schemaVersion, Targets: []placeDoc{}}
	t := export.Table{Title: "What mltop could attach to", Columns: export.Cols("~target", ">size", "~used by"),
		Empty: "nothing: no open database file, none here nor in ./db. Try mltop PATH, or mltop demo."}
	for _, p := range places {
		d := placeDoc{Path: p.path, Processes: []holderDoc{}}
		size, name := "", p.path
		if p.path == "" {
			d.Reason, name = noFile, units.Unknown
		} else if p.arg == "" {
			d.Bytes, size = &p.bytes, units.Bytes(float64(p.bytes))
		}
		for _, h := range p.holders {
			d.Processes = append(d.Processes, holderDoc{h.pid, h.name, append([]int{}, h.ports...)})
		}
		doc.Targets = append(doc.Targets, d)
		t.Rows = append(t.Rows, []string{name, size, p.who()})
	}
	return view{doc: doc, tables: []export.Table{t}, csv: t}
}
