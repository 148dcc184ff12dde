package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// A report prints what was measured, and keeps a line of each for the table.
type report struct {
	out      io.Writer
	workload string
	rows     []string
	peers    []string
	sizes    map[string][]float64 // how far estimates of sizes were off, by engine
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r.out, format, args...) }

func (r *report) machine() {
	r.printf("%s on %d cores (%s), %s %s/%s\n", r.workload, runtime.NumCPU(), processor(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// processor is its name, where the system tells.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func (r *report) begin(h *host) {
	r.printf("\n== %s, %s\n", h.label, h.on.variant)
}

func (r *report) result(h *host, c contest, verbose bool) {
	if !h.planned {
		r.sized(h, c)
	}
	before, after := c.plain.total(h.on.statements), c.trial.total(h.on.statements)
	right, wrong := c.score.text()
	r.printf("  right advice %s, wrong %s; %d indexes, %s; %.0f s → %.0f s an hour (%.1f×); %d what-if calls, %.1f s\n",
		right, wrong, len(c.built.added), megabytes(c.built.bytes), before, after, before/after, c.calls, c.seconds)
	list := func(what string, lines []string) {
		for _, line := range lines {
			r.printf("    %s: %s\n", what, line)
		}
	}
	list("missing", c.score.missing)
	list("wrong", c.score.wrong)
	reads, writes := slower(h.on.statements, c.plain, c.trial)
	list("slower", reads)
	list("a write that is slower", writes)
	r.phases(c)
	for _, d := range c.advice.Declined {
		r.printf("    declined %v: %s: %s\n", d.Queries, d.What, d.Reason)
	}
	if c.advice.Partial != "" {
		list("not finished", []string{c.advice.Partial})
	}
	if !h.planned {
		r.foretold(h, c)
	}
	r.rows = append(r.rows, fmt.Sprintf("| %s, %s | %s | %s | %d | %s | %.1f× | %d | %d | %d | %.0f |",
		h.label, h.on.variant, right, wrong, len(c.built.added), megabytes(c.built.bytes),
		before/after, len(reads), len(writes), c.calls, c.seconds))
	if verbose {
		r.verbose(h, c)
	}
}

// phases prints what part of the what-if calls each phase of the search took.
func (r *report) phases(c contest) {
	if text := sharesOf(c.advice.Asked); text != "" {
		r.printf("      calls: %s\n", text)
	}
}

// sharesOf lists counts with their share of all, the largest first.
func sharesOf(counts map[string]int) string {
	all := 0
	for _, n := range counts {
		all += n
	}
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d (%.0f %%)", name, counts[name], 100*float64(counts[name])/float64(all))
	}
	return strings.Join(names, ", ")
}

func (r *report) verbose(h *host, c contest) {
	for _, ix := range c.built.added {
		r.printf("    + %s, %s\n", ix.Signature(), megabytes(c.built.took[ix.Name]))
	}
	for _, ix := range c.built.dropped {
		r.printf("    - %s\n", ix.Signature())
	}
	w := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	for _, s := range h.on.statements {
		fmt.Fprintf(w, "    %s\t%s\t%s\t%.1f s/h\n", s.name, short(c.plain[s.name]), short(c.trial[s.name]), s.calls*c.trial[s.name])
	}
	w.Flush()
	for _, n := range c.advice.Notes {
		r.printf("    note: %s\n", n)
	}
}

// sized compares what indexes take with what they were reckoned to.
func (r *report) sized(h *host, c contest) {
	if r.sizes == nil {
		r.sizes = map[string][]float64{}
	}
	for name, guess := range c.sizes {
		if real := c.built.took[name]; real > 0 {
			r.sizes[h.label] = append(r.sizes[h.label], math.Abs(guess/float64(real)-1))
		}
	}
}

// sizeTable prints the errors of the size models.
func (r *report) sizeTable() {
	r.printf("\n| Sizes on | indexes built | error, median | nine in ten within |\n|---|---|---|---|\n")
	for _, label := range slices.Sorted(maps.Keys(r.sizes)) {
		v := slices.Sorted(slices.Values(r.sizes[label]))
		r.printf("| %s | %d | %.0f %% | %.0f %% |\n", label, len(v), 100*median(v), 100*v[len(v)*9/10])
	}
}

// peer prints one outcome of a comparison.
func (r *report) peer(h *host, c contest, part float64, cost costs) {
	if !h.planned {
		r.sized(h, c)
	}
	budget := "none"
	if part > 0 {
		budget = fmt.Sprintf("%.1f %%", 100*part)
	}
	faster := func(list []statement) string {
		if h.planned {
			return "–"
		}
		return fmt.Sprintf("%.1f×", c.plain.total(list)/c.trial.total(list))
	}
	price := fmt.Sprintf("%.2f %%", 100*cost.all)
	reads, writes := slower(h.on.statements, c.plain, c.trial)
	r.printf("    budget %-7s %-14s %6s faster, cost by the lab %s, %2d indexes, %s, %d reads and %d writes slower, %d calls, %.1f s\n",
		budget, c.who, faster(h.on.statements), price, len(c.built.added), megabytes(c.built.bytes), len(reads), len(writes), c.calls, c.seconds)
	cells := []string{h.label, budget, c.who, faster(h.on.statements), price}
	if rest := h.on.others(); len(rest) < len(h.on.statements) {
		r.printf("      the %d others: %s faster, cost %.1f %%\n", len(rest), faster(rest), 100*cost.others)
		cells = append(cells, faster(rest), fmt.Sprintf("%.1f %%", 100*cost.others))
	}
	for _, line := range reads {
		r.printf("      slower: %s\n", line)
	}
	r.phases(c)
	cells = append(cells, fmt.Sprint(len(c.built.added)), megabytes(c.built.bytes), fmt.Sprint(len(reads)), fmt.Sprint(len(writes)), fmt.Sprint(c.calls), fmt.Sprintf("%.1f", c.seconds))
	r.peers = append(r.peers, "| "+strings.Join(cells, " | ")+" |")
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// table prints what the README holds.
func (r *report) table() {
	r.printf("\n| %s on | right | wrong | indexes | bytes | faster | reads slower | writes slower | what-if calls | s |\n|---|---|---|---|---|---|---|---|---|---|\n", r.workload)
	r.printf("%s\n", strings.Join(r.rows, "\n"))
	if len(r.peers) > 0 {
		head := "| On | budget | by (peers are not validated) | faster | cost by the lab |"
		if r.workload == tpchName {
			head += " faster but for Q2, Q17, Q20 | cost but for them |"
		}
		head += " indexes | bytes | reads slower | writes slower | what-if calls | s |"
		r.printf("\n%s\n|%s\n", head, strings.Repeat("---|", strings.Count(head, "|")-1))
		r.printf("%s\n", strings.Join(r.peers, "\n"))
	}
}
