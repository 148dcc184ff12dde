package db

import (
	"fmt"
	"strings"
)

// A Room is one table of a sample in a scratch schema.
type Room struct {
	Table      *Table
	Rows, Full float64 // in the sample; in the live table
	Complete   bool
	Why        string      // why it is not complete
	Parents    []string    // tables, in lower case, of which all rows are here that rows here refer to
	Along      *ForeignKey // drawn along this key; nil: at random places
	ByKey      bool        // drawn along the primary key
	Widths     map[string]float64
}

// Rooms are the tables of a sample, by lower-case name, and what it lacks.
type Rooms struct {
	List map[string]*Room
	Out  map[string]string // reasons, by lower-case name
}

// NewRooms has none.
func NewRooms() Rooms { return Rooms{map[string]*Room{}, map[string]string{}} }

// Leave notes what could not be made.
func (r Rooms) Leave(name, why string) { r.Out[strings.ToLower(name)] = why }

// Add opens a room; it is found by the table's name.
func (r Rooms) Add(room *Room) { r.List[strings.ToLower(room.Table.Name)] = room }

// Find is a table's room; nil for none.
func (r Rooms) Find(table string) *Room { return r.List[strings.ToLower(table)] }

// Of is a table's room, or why there is none.
func (r Rooms) Of(table string) (*Room, error) {
	if why := r.Out[strings.ToLower(table)]; why != "" {
		return nil, NotMeasuredf("table %s is not in the sample: %s", table, why)
	}
	if room := r.Find(table); room != nil {
		return room, nil
	}
	return nil, NotMeasuredf("table %s is not in the sample", table)
}

// Usable says why a statement cannot be tried; nil when it can.
func (r Rooms) Usable(s *Shape) error {
	for _, name := range s.Tables() {
		if _, err := r.Of(name); err != nil {
			return err
		}
	}
	return nil
}

// Method says whether the tables of a statement are whole.
func (r Rooms) Method(s *Shape) Method {
	for _, name := range s.Tables() {
		if room := r.Find(name); room != nil && !room.Complete {
			return MethodSample
		}
	}
	return MethodCopy
}

// Sample is how much of each table there is.
func (r Rooms) Sample() Sample {
	s := Sample{}
	for key, room := range r.List {
		s[key] = SampleTable{Rows: room.Rows, Full: room.Full, Parents: room.Parents}
	}
	return s
}

// LeftOut names what the sample lacks, each with the reason.
func (r Rooms) LeftOut() map[string]string {
	out := map[string]string{}
	for name, why := range r.Out {
		out[name] = why
	}
	for _, room := range r.List {
		if !room.Complete && room.Why != "" {
			out[fmt.Sprintf("a part of %s (all but %.0f of about %.0f rows)", room.Table.Name, room.Rows, room.Full)] = room.Why
		}
	}
	return out
}

// Live writes into a plan how many rows each node would read in the live
// tables.
func (r Rooms) Live(p *Plan) {
	p.Walk(func(n *Node, _ int) {
		room := r.Find(n.Table)
		if room == nil || n.Rows == nil || room.Complete || room.Rows == 0 {
			return
		}
		if n.Op == OpScan || *n.Rows > 1 {
			v := float64(int64(*n.Rows*max(1, room.Full/room.Rows) + 0.5))
			n.Rows = &v
		}
	})
}

// AddHandled adds what a run did beside reading tables (rows sorted, hashed,
// put into a temporary table): it scales with what was read.
func (r SampledReads) AddHandled(rows float64) SampledReads {
	if rows <= 0 {
		return r
	}
	more := rows
	if r.Sampled > 0 {
		more *= max(1, r.Value/r.Sampled)
	}
	return SampledReads{r.Value + more, r.Low + more, r.High + more, r.Sampled + rows, r.Timed + more*handledTimed}
}

// AtLeastOne: nothing read is still a statement that was run, a row's worth.
func (r SampledReads) AtLeastOne() SampledReads {
	r.Value, r.High, r.Timed = max(r.Value, 1), max(r.High, 1), max(r.Timed, 1)
	return r
}

// Uses names the indexes of a plan, once each, but for those that are the
// table itself.
func (p *Plan) Uses(table ...string) []string {
	var out []string
	seen := map[string]bool{"": true}
	for _, name := range table {
		seen[name] = true
	}
	p.Walk(func(n *Node, _ int) {
		if !seen[n.Index] {
			seen[n.Index] = true
			out = append(out, n.Index)
		}
	})
	return out
}
