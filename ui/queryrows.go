package ui

import (
	"fmt"
	"math"
	"slices"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/sqltext"
	"mltop/internal/units"
	"mltop/ui/chart"
)

func (s *State) statementRows() []row {
	one := s.statementRow
	switch s.seenBy() {
	case seenBySamples:
		one = s.sampledRow
	case seenByTotals:
		one = s.totalsRow
	}
	rows := make([]row, 0, len(s.Win.Statements))
	for _, w := range s.Win.Statements {
		rows = append(rows, one(w))
	}
	return rows
}

// labelOf is a statement in a list.
func (s *State) labelOf(w collectors.StatementWindow) string {
	if w.Name != "" {
		return w.Name
	}
	return sqltext.Gist(s.sql(w.Text, w.Example))
}

func (s *State) sampledRow(w collectors.StatementWindow) row {
	label, n := s.labelOf(w), w.Concurrency()
	flag, k := s.planFlag(w.Fingerprint)
	return row{
		id: w.Fingerprint, match: label + " " + w.Text,
		cells: []span{
			{inkText, label}, {inkStrong, units.Digits(n)},
			{inkBar, chart.Bar(w.Share, barCells, s.opts.Graph)}, {inkText, units.Percent(w.Share)},
			{k, flag}, {inkDim, w.Source.Kind},
		},
		keys: []any{label, n, orZero(w.Share, 0), orZero(w.Share, 0), flag, w.Source.Kind},
	}
}

// totalsRow is statementRow with what a call has ever taken.
func (s *State) totalsRow(w collectors.StatementWindow) row {
	r, ever := s.statementRow(w), everMean(w)
	r.cells = slices.Insert(r.cells, everColumn, span{inkDim, units.Seconds(ever)})
	r.keys = slices.Insert(r.keys, everColumn, any(ever))
	return r
}

func (s *State) statementRow(w collectors.StatementWindow) row {
	label := s.labelOf(w)
	rate, unit := rateOf(w.Calls, w.Seconds), ""
	if !w.Source.Live {
		rate, unit = w.Weight/3600, "~"
	}
	if w.Source.Sampled {
		rate = math.NaN()
	}
	mean, p95, p99 := w.Latency.Mean(), w.Latency.Quantile(.95), w.Latency.Quantile(.99)
	total := rate * mean
	if w.Source.Live {
		total = w.Concurrency()
	}
	perCall, errs := rowsPerCall(w), ratioOf(w.Errors, w.Calls)
	flag, k := s.planFlag(w.Fingerprint)
	return row{
		id: w.Fingerprint, match: label + " " + w.Text,
		cells: []span{
			{inkText, label}, {inkText, unit + bareRate(rate)},
			{inkBar, chart.Bar(w.Share, barCells, s.opts.Graph)}, {inkText, units.Percent(w.Share)},
			{inkText, timeShare(total)}, {unlike(w), units.Seconds(mean)}, {inkStrong, units.Seconds(p95)}, {inkText, units.Seconds(p99)},
			{inkText, units.SI(perCall)}, {inkText, units.Percent(errs)}, {k, flag}, {inkDim, w.Source.Kind},
		},
		keys: []any{label, rate, orZero(w.Share, rate), orZero(w.Share, rate), total, mean, p95, p99, perCall, errs, flag, w.Source.Kind},
	}
}

// rowsPerCall is unknown where the source tells no rows.
func rowsPerCall(w collectors.StatementWindow) float64 {
	if w.Source.Rowless {
		return nan()
	}
	return ratioOf(w.Rows, w.Calls)
}

// everMean is the mean time of a call since the server's counters began.
func everMean(w collectors.StatementWindow) float64 {
	if w.Ever == nil {
		return nan()
	}
	return w.Ever.Mean()
}

// unlike lights a mean that is far above what it has ever been. What an
// application waits for a call is longer than what its server takes for it: only
// numbers of one source are compared.
func unlike(w collectors.StatementWindow) ink {
	if sameSource(w) && w.Latency.Mean() >= unlikeMean*everMean(w) {
		return inkWarn
	}
	return inkText
}

// sameSource reports that the server counted both what a call takes now and
// what it has ever taken.
func sameSource(w collectors.StatementWindow) bool {
	return w.Ever != nil && (w.Ever.By == "" || w.Ever.By == w.Source.Kind)
}

// everText is what one call has taken ever since, beside what it takes now.
func (s *State) everText(w collectors.StatementWindow) string {
	if w.Ever == nil || w.Ever.Calls == 0 {
		return ""
	}
	since := ""
	if !w.Ever.Since.IsZero() {
		since = " since the counters began " + units.Ago(s.end().Sub(w.Ever.Since)) + " ago"
	}
	if !sameSource(w) {
		return fmt.Sprintf("a call takes %s by the %s; the server itself took %s in the mean of %s calls%s",
			units.Seconds(w.Latency.Mean()), w.Source.Kind, units.Seconds(w.Ever.Mean()), units.SI(w.Ever.Calls), since)
	}
	return fmt.Sprintf("a call takes %s now, %s in the mean of %s calls%s", units.Seconds(w.Latency.Mean()), units.Seconds(w.Ever.Mean()), units.SI(w.Ever.Calls), since)
}

// orZero orders statements without times by how often they run, after all
// with times.
func orZero(share, rate float64) float64 {
	if math.IsNaN(share) {
		return -1 / (1 + rate)
	}
	return share
}

// timeShare is the time spent in a statement in every second.
func timeShare(v float64) string {
	if math.IsNaN(v) {
		return none
	}
	return units.Seconds(v) + "/s"
}

// planFlag is what the plan of a statement shows at a glance: of one that is
// dear, that was asked for, or that advice has planned.
func (s *State) planFlag(fingerprint string) (string, ink) {
	p := s.planOf(fingerprint)
	if p == nil {
		return none, inkDim
	}
	flag, k := none, inkDim
	p.Walk(func(n *db.Node, _ int) {
		switch {
		case n.Op == db.OpScan && !n.Covering && n.Table != "":
			flag, k = "■ scan", inkCrit
		case n.Op == db.OpSearch && flag == none:
			flag = "search"
		case k != inkCrit && (n.Op == db.OpSort || n.Op == db.OpGroup || n.Automatic):
			flag, k = "▲ "+string(n.Op), inkWarn
		}
	})
	return flag, k
}

// planOf is the plan of a statement on the catalog as it is, as far as known.
func (s *State) planOf(fingerprint string) *db.Plan {
	if p := s.Plans[fingerprint]; p.Plan != nil {
		return p.Plan
	}
	if known := s.Snap.Plans; known != nil && known.Trees[fingerprint] != nil {
		return known.Trees[fingerprint]
	}
	if s.Advice == nil || s.otherCatalog(s.Advice.Catalog) {
		return nil
	}
	for _, r := range s.Advice.Recommendations {
		at := slices.IndexFunc(r.Plans, func(p advisor.PlanPair) bool { return p.Fingerprint == fingerprint })
		if _, past := s.standing(r.ID); at >= 0 && !past { // the plan before an apply is not what it does now
			return r.Plans[at].Before.Plan
		}
	}
	return nil
}

// perCallText writes a number of calls in words for a statement's page.
func (s *State) callsText(w collectors.StatementWindow) string {
	if !w.Source.Live {
		return fmt.Sprintf("%s (%s)", units.CallsAnHour(w.Weight), w.Source.Kind)
	}
	if w.Source.Sampled {
		return units.Digits(w.Concurrency()) + " in flight in the mean (sampled)"
	}
	return units.PerSecond(rateOf(w.Calls, w.Seconds))
}
