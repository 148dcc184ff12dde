package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/internal/db"
	"mltop/internal/units"
)

// database is the view of the file, its tables and indexes, its settings and
// who has it open.
type database struct {
	focus                       int // 0 tables, 1 settings, 2 processes, 3 what is worth a look, 4 what changed
	tables, settings, processes table
	concerns                    table // in the place of settings, while it has the keys
	changed                     table // likewise
	counters                    table // in the place of processes, of a server
	max, ofServer               bool
}

func newDatabase() *database {
	return &database{
		tables: table{follow: true, sortBy: 2, cols: []column{
			{title: "table, index", width: 28, flex: true}, {title: "rows", width: 11, right: true},
			{title: "size", width: 8, right: true}, {title: "share", width: 12, from: 100},
			{title: "", width: 24, flex: true, from: 90},
		}},
		settings: table{follow: true, cols: []column{
			{title: "setting", width: 30, flex: true, most: 44}, {title: "value", width: 16, flex: true, most: 36}, {title: "scope", width: 10, from: 70},
			{title: "source", width: 21, flex: true, most: 60, from: 110},
			{title: "reaches", width: 32, flex: true, from: 90},
		}},
		counters: countersTable(),
		changed:  changedTable(),
		concerns: table{follow: true, cols: []column{{title: "worth a look", width: 28}, {title: "table, index", width: 22}, {title: "why", width: 26, flex: true}}},
		processes: table{follow: true, sortBy: 2, cols: []column{
			{title: "open in", width: 16}, {title: "pid", width: 8, right: true}, {title: "CPU", width: 6, right: true},
			{title: "memory", width: 8, right: true}, {title: "reads", width: 9, right: true, from: 90},
			{title: "writes", width: 9, right: true, from: 90}, {title: "SQLite", width: 8, from: 100},
			{title: "command", width: 20, flex: true, from: 80},
		}},
	}
}

func (*database) Title() string { return "Database" }
func (*database) place() place  { return onDatabase }

func (d *database) front() *table {
	return []*table{&d.tables, &d.settings, d.third(), &d.concerns, &d.changed}[d.focus]
}

func (d *database) filterText() string       { return d.front().filterText() }
func (d *database) setFilter(t string) error { return d.front().setFilter(t) }

func (d *database) shrink() bool {
	was := d.max
	d.max = false
	return was
}

func (d *database) Offers(s *State) []Offer {
	d.arrange(s)
	return []Offer{{Action: Up, Pair: Down, Does: "move"}, {Action: NextFocus, Does: "tables, settings, " + d.thirdName() + ", " + worthALook(len(s.concerns())) + changedName(len(s.changes())), Short: "next part"},
		{Action: Sort, Does: "sort"}, {Action: Reverse, Does: "reverse"}, {Action: Copy},
		{Action: Open, Why: "there is nothing behind a row here"}}
}

func (d *database) Update(a Action, s *State) (Panel, tea.Cmd) {
	d.arrange(s)
	switch a {
	case NextFocus:
		d.focus = (d.focus + 1) % 5
	case PrevFocus:
		d.focus = (d.focus + 4) % 5
	case Maximise:
		d.max = !d.max
	case Copy:
		if row, ok := d.front().current(); ok {
			return d, copyText("database", row.match)
		}
	default:
		t := d.front()
		t.update(a)
		t.follow = follows(t.follow, a)
	}
	return d, nil
}

func (d *database) arrange(s *State) (tables, settings, processes []row) {
	d.ofServer = len(s.counters()) > 0
	third := s.processRows
	if d.ofServer {
		third = s.counterRows
	}
	d.concerns.arrange(s, s.concernRows)
	d.changed.arrange(s, s.changedRows)
	return d.tables.arrange(s, s.tableRows), d.settings.arrangeOf(s.settingsRead(), s.settingRows), d.third().arrange(s, third)
}

func (d *database) Draw(s *State, a area) {
	tables, settings, processes := d.arrange(s)
	draw := d.parts(s, tables, settings, processes)
	if small(a) || d.max {
		draw[d.focus](a, true)
		return
	}
	second := 1
	switch d.focus {
	case 3:
		settings, second = d.concerns.arrange(s, s.concernRows), 3
	case 4:
		settings, second = d.changed.arrange(s, s.changedRows), 4
	}
	_, a = a.top(s.drawHead(a))
	_, a = a.top(s.drawLastChange(a) + 1)
	who, a := a.bottom(min(len(processes)+1, d.thirdHeight(a)))
	if a.h > 10 {
		_, a = a.bottom(1)
	}
	draw[2](who, d.focus == 2)
	first, rest := besideOrBelow(a, len(tables), len(settings))
	draw[0](first, d.focus == 0)
	draw[second](rest, d.focus == second)
}

// parts draw each what can have the keys.
func (d *database) parts(s *State, tables, settings, processes []row) [5]func(area, bool) {
	return [...]func(area, bool){
		func(a area, on bool) { d.drawTables(s, a, tables, on) },
		func(a area, on bool) { d.drawSettings(s, a, settings, on) },
		func(a area, on bool) {
			d.third().draw(a, processes, on, "no process is seen to have the file open"+s.because("processes"))
		},
		func(a area, on bool) { d.drawConcerns(s, a, on) },
		func(a area, on bool) { d.drawChanged(s, a, on) },
	}
}

// besideOrBelow divides what there is between tables and settings: side by
// side where that is wide and too low for both, and tables would not leave
// settings half of it.
func besideOrBelow(a area, tables, settings int) (first, second area) {
	if a.w >= 140 && a.h < tables+settings+5 && tables+3 > a.h/2 {
		half := a.w / 2
		return a.sub(0, 0, half-1, a.h), a.sub(half+1, 0, a.w-half-1, a.h)
	}
	top := max(a.h-settings-3, a.h/2)
	if all := tables + 3; all < a.h-settings {
		top = all
	}
	if first, second = a.top(top); first.h > 8 {
		_, first = first.bottom(1)
	}
	return first, second
}

// drawTables draws the tables, and below them once how sizes were estimated:
// that they are a part of all is worth one of few lines.
func (d *database) drawTables(s *State, a area, rows []row, on bool) {
	how, room := s.estimates(), 6
	if s.partly() != "" {
		room = 3
	}
	if how != "" && a.h > room {
		var line area
		line, a = a.bottom(1)
		line.text(1, 0, inkDim, estimated+": "+how)
	}
	d.tables.draw(a, rows, on, "no tables are known yet"+s.becauseOf("schema"))
}

// drawSettings draws the settings, and whom the one under the cursor reaches
// in full.
func (d *database) drawSettings(s *State, a area, rows []row, on bool) {
	a = d.settings.drawLast(a, on)
	d.settings.draw(a, rows, on, "no settings are known yet"+s.becauseOf("settings"))
}

// pageText is a page's size in bytes, as everybody writes it.
func pageText(bytes *int64) string {
	if bytes == nil {
		return none
	}
	return fmt.Sprintf("%d B", *bytes)
}

// becauseOf says why a part of the database could not be read, or all of it.
func (s *State) becauseOf(part string) string {
	if d := s.Snap.Database; d != nil && d.Missing[part] != "" {
		return ": " + d.Missing[part]
	}
	return s.because("database")
}

func (s *State) because(collector string) string {
	if why := s.Errors[collector]; why != "" {
		return ": " + why
	}
	return ""
}

// drawFile is what is known of the file itself and answers how many lines it
// took.
func (s *State) drawFile(a area) int {
	d := s.Snap.Database
	if d == nil {
		a.text(1, 0, inkDim, "Database "+none+" "+s.why(values()[valQueries]))
		return 1
	}
	st := d.Stats
	free := nan()
	if st.PageSize != nil && st.FreePages != nil {
		free = float64(*st.PageSize) * float64(*st.FreePages)
	}
	parts := []kpiPart{
		{-1, "file", units.Bytes(intOrNaN(st.FileBytes)), 8, inkStrong},
		{-1, "growth", units.BytesPerSecond(orNaN(d.FileBytesPerSecond)), 9, inkText},
		{-1, "wal", units.Bytes(intOrNaN(st.WALBytes)), 8, inkText},
		{-1, "shm", units.Bytes(intOrNaN(st.SHMBytes)), 7, inkText},
		{-1, "free pages", units.Bytes(free), 8, inkText},
		{-1, "page", pageText(st.PageSize), 7, inkText},
		{-1, "disk free", units.Bytes(intOrNaN(st.DiskFreeBytes)), 8, inkText},
		{-1, "commits", units.PerSecond(orNaN(d.CommitsPerSecond)), 8, inkText},
		{-1, "per request", units.Digits(orNaN(d.CommitsPerRequest)), 4, inkText},
	}
	x, y := 1, 0
	for _, p := range parts {
		if w := textWidth(p.name) + 1 + p.width; x+w > a.w && x > 1 {
			x, y = 1, y+1
		}
		x = s.drawValue(a, x, y, p, false) + 3
	}
	statistics := undatedStatistics(d.Schema, st.JournalMode != "")
	if st.StatisticsAt != nil {
		statistics = "gathered " + units.Ago(s.end().Sub(*st.StatisticsAt)) + " ago"
	}
	a.spans(1, y+1, span{inkDim, "journal mode "}, span{inkText, st.JournalMode}, span{inkDim, "   state "}, span{inkText, orText(st.State, "ok")},
		span{inkDim, "   statistics "}, span{inkText, statistics})
	return y + 2
}

// undatedStatistics is for engines that do not record when they gathered: the
// numbers themselves show that they did.
func undatedStatistics(schema *db.Schema, file bool) string {
	if schema == nil {
		return "not known"
	}
	for _, t := range schema.Tables {
		for _, ix := range t.Indexes {
			if ix.Stat != nil {
				return "gathered; when is not recorded"
			}
		}
	}
	if file { // nobody but ANALYZE makes any
		return "none: ANALYZE was never run"
	}
	return "never gathered, or not known when"
}
