package ui

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// estimated marks the sizes that were not counted.
const estimated = "estimate"

// partly says that not all tables were read; "" where they were.
func (s *State) partly() string {
	if s.Snap.Database == nil || s.Snap.Database.Schema == nil {
		return ""
	}
	return s.Snap.Database.Schema.Partly
}

// estimates says how the sizes that are no counts were made.
func (s *State) estimates() string {
	if s.Snap.Database == nil || s.Snap.Database.Schema == nil {
		return ""
	}
	var how []string
	if partly := s.partly(); partly != "" {
		how = append(how, partly)
	}
	for _, t := range s.Snap.Database.Schema.Tables {
		for _, part := range strings.Split(t.Estimated, "; ") {
			if part != "" && !slices.Contains(how, part) {
				how = append(how, part)
			}
		}
	}
	return strings.Join(how, "; ")
}

func (s *State) tableRows() []row {
	if s.Snap.Database == nil || s.Snap.Database.Schema == nil {
		return nil
	}
	var rows []row
	file := intOrNaN(s.Snap.Database.Stats.FileBytes)
	shared := s.Snap.Database.Schema.SharedNames()
	for i, t := range s.Snap.Database.Schema.Tables {
		name := t.Shown(shared)
		size := intOrNaN(t.Bytes)
		order := size * (1 - float64(i)*apart) // tables of one size keep their indexes with them
		rows = append(rows, s.sizeRow(name, name, intOrNaN(t.Rows), size, order, size/file, orText(t.Unsupported, sizeNote(t)), inkStrong))
		for _, ix := range t.Indexes {
			if t.IsItself(ix) {
				continue
			}
			b := intOrNaN(ix.Bytes)
			what := "(" + strings.Join(ix.ColumnNames(), ", ") + ")"
			if ix.Where != "" {
				what += " where " + ix.Where
			}
			if ix.Constraint {
				what += "  constraint"
			}
			rows = append(rows, s.sizeRow(name+"/"+ix.Name, "  "+ix.Name, nan(), b, order*below, b/file, what, inkText))
		}
	}
	return rows
}

func sizeNote(t *db.Table) string {
	if t.Locked != "" {
		return t.Locked
	}
	if t.Estimated != "" {
		return estimated
	}
	return ""
}

// below sorts an index behind its table, whatever its own size, and before the
// next table.
const (
	apart = 1e-8
	below = 1 - apart/2
)

func (s *State) sizeRow(id, name string, count, size, order, part float64, note string, k ink) row {
	n := none
	if !math.IsNaN(count) {
		n = units.Whole(int64(count))
	}
	return row{id: id, match: name + " " + note,
		cells: []span{{k, name}, {inkText, n}, {inkText, units.Bytes(size)}, {inkBar, chart.Bar(part, 12, s.opts.Graph)}, {inkDim, note}},
		keys:  []any{id, count, order, order, note}}
}

// settingsRead tells one reading of the settings from another.
func (s *State) settingsRead() *db.Setting {
	if s.Snap.Database == nil || len(s.Snap.Database.Settings) == 0 {
		return nil
	}
	return &s.Snap.Database.Settings[0]
}

func (s *State) settingRows() []row {
	if s.Snap.Database == nil {
		return nil
	}
	var rows []row
	for _, p := range s.Snap.Database.Settings {
		k := inkText
		if p.Default != "" && p.Value != p.Default {
			k = inkStrong
		}
		value := "''" // empty, which is a value
		if p.Value != "" {
			value = strings.TrimSpace(p.Value + " " + p.Unit)
		}
		rows = append(rows, row{id: p.Name, match: p.Name + " = " + value,
			cells: []span{{inkText, p.Name}, {k, value}, {inkDim, string(p.Scope)}, {inkDim, p.Source}, {inkDim, p.Reaches}},
			keys:  []any{settingOrder(p), value, string(p.Scope), p.Source, p.Reaches}})
	}
	return rows
}

// settingOrder has those first that somebody set.
func settingOrder(p db.Setting) string {
	if p.Set {
		return "0 " + p.Name
	}
	return "1 " + p.Name
}

func (s *State) processRows() []row {
	if s.Snap.Processes == nil {
		return nil
	}
	var rows []row
	for _, p := range s.Snap.Processes.List {
		rows = append(rows, processRow(p))
	}
	return rows
}

func processRow(p collectors.Process) row {
	version := p.LinkedSQLiteVer
	if version == "" {
		version = "own"
	}
	cpu := orNaN(p.CPURatio)
	return row{id: fmt.Sprint(p.PID), match: p.Name + " " + p.Command,
		cells: []span{{inkText, p.Name}, {inkText, fmt.Sprint(p.PID)}, {inkText, units.Percent(cpu)}, {inkText, units.Bytes(float64(p.RSSBytes))},
			{inkText, units.BytesPerSecond(orNaN(p.ReadPerSecond))}, {inkText, units.BytesPerSecond(orNaN(p.WritePerSecond))}, {inkDim, version}, {inkDim, p.Command}},
		keys: []any{p.Name, float64(p.PID), cpu, float64(p.RSSBytes), orNaN(p.ReadPerSecond), orNaN(p.WritePerSecond), version, p.Command}}
}
