package collectors

import "mltop/internal/db"

// The parts of the budget: what is seen of requests matters most, and has
// most names.
const (
	requestPart   = 0.50
	statementPart = 0.25
	sectionPart   = 0.10 // for the whole sections of each kind
)

// Bytes is the memory that is held, by our own count.
func (h *History) Bytes() int {
	n := h.past.bytes + len(h.gauges.byKey)*gaugeBytes + 160*len(h.marks)
	n += h.systems.bytes + h.processes.bytes + h.databases.bytes + h.links.bytes + h.plans.bytes + h.errors.bytes
	for _, m := range h.marks {
		n += len(m.Text)
	}
	for _, r := range h.requests {
		n += r.size()
	}
	for _, s := range h.statements {
		n += s.size()
	}
	return n
}

func (s *stream[K]) size() int { return s.bytes + s.names.bytes }

func (r *requestStream) size() int {
	n := r.stream.size() + r.sections.bytes
	return n + r.recent.size()
}

// trim gives up the oldest detail until every part is within its budget.
func (h *History) trim() {
	for _, r := range h.requests {
		r.trim(int(requestPart*float64(h.budget))/len(h.requests) - (r.size() - r.stream.size()))
	}
	for _, s := range h.statements {
		s.trim(int(statementPart*float64(h.budget)) / len(h.statements))
		if len(s.meta) > len(s.names.ids) {
			s.forget()
		}
	}
	part := int(sectionPart*float64(h.budget)) / 3
	h.systems.trim(part)
	h.processes.trim(part)
	h.databases.trim(part)
	h.links.trim(part / 4)
	h.plans.trim(part / 4)
	h.errors.trim(part / 4)
}

// namesLeft is how many names the oldest cells keep when room gets short:
// first fewer, then only the total.
var namesLeft = [...]int{50, 10, 0}

// trim takes names from the oldest cells, then the oldest cells themselves,
// until limit bytes are left; with a tenth to spare, so that it is not needed
// at every second.
func (s *stream[K]) trim(limit int) {
	if s.size() <= limit {
		return
	}
	limit -= limit / 10
	s.old++
	for _, keep := range namesLeft {
		for i := len(s.tiers) - 1; i >= 0; i-- {
			s.thin(&s.tiers[i], keep, limit)
		}
		s.names.sweep(s.used())
	}
	for i := len(s.tiers) - 1; i >= 0; i-- {
		s.drop(&s.tiers[i], limit)
	}
}

func (s *stream[K]) thin(t *tier, keep, limit int) {
	for i := range t.cells {
		if s.size() <= limit {
			return
		}
		if c := &t.cells[i]; countNames(c.data) > keep {
			s.setData(c, capNames(unpackEntries(c.data), keep, s.weightOf))
		}
	}
}

func countNames(data []byte) (n int) {
	eachPacked(data, func(id uint32, _ []byte) bool {
		if id >= firstName {
			n++
		}
		return true
	})
	return n
}

// drop moves the oldest cells into the rest: their counts stay in the window
// of everything.
func (s *stream[K]) drop(t *tier, limit int) {
	n := 0
	for ; n < len(t.cells) && s.size() > limit; n++ {
		c := t.cells[n]
		s.bytes -= cellOverhead + len(c.data)
		s.setRest(absorb(unpackEntries(c.data), s.rest))
		s.lost = max(s.lost, t.end(c))
	}
	t.cells = append(t.cells[:0], t.cells[n:]...)
}

func systemSize(s *System) int {
	return 400 + 8*len(s.Cores) + 64*(len(s.Disks)+len(s.Networks)) + missingSize(s.Missing)
}

func processesSize(p *Processes) int {
	n := 96 + missingSize(p.Missing)
	for i := range p.List {
		n += 240 + len(p.List[i].Command) + len(p.List[i].LinkedSQLite)
	}
	return n
}

// databaseSize counts schema and settings only when the section before does
// not share them.
func databaseSize(d, before *Database) int {
	n := 700 + 200*len(d.Sessions) + 200*len(d.Counters) + missingSize(d.Missing) + missingSize(d.Stats.Missing)
	if before == nil || before.Schema != d.Schema {
		n += schemaSize(d.Schema)
	}
	if before == nil || len(d.Settings) > 0 && (len(before.Settings) == 0 || &before.Settings[0] != &d.Settings[0]) {
		n += 200 * len(d.Settings)
	}
	return n
}

func schemaSize(s *db.Schema) (n int) {
	if s == nil {
		return 0
	}
	for _, t := range s.Tables {
		n += 300 + len(t.SQL) + 120*len(t.Columns)
		for _, ix := range t.Indexes {
			n += 250 + len(ix.SQL) + 64*len(ix.Columns)
		}
	}
	return n
}

func missingSize(m map[string]string) (n int) {
	for k, v := range m {
		n += 48 + len(k) + len(v)
	}
	return n
}
