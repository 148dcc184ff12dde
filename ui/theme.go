package ui

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"mltop/ui/chart"
)

// An ink says what a piece of text means; the theme says how that looks.
type ink uint8

// The inks of the dashboard. Those of charts follow inkChart in the order of
// package chart.
const (
	inkText   ink = iota
	inkDim        // labels
	inkFaint      // rules and axes
	inkStrong     // what the eye should find
	inkAccent     // focus and keys
	inkOK
	inkWarn
	inkCrit
	inkKey // a key cap
	inkBar
	inkChart
	inkCount = inkChart + ink(chart.InkHeat) + chart.HeatLevels
)

// The inks of charts, by name.
const (
	inkAxis    = inkChart + ink(chart.InkAxis)
	inkLabel   = inkChart + ink(chart.InkLabel)
	inkSeriesA = inkChart + ink(chart.InkA)
	inkSeriesB = inkChart + ink(chart.InkB)
	inkUp      = inkChart + ink(chart.InkUp)
	inkDown    = inkChart + ink(chart.InkDown)
	inkNote    = inkChart + ink(chart.InkNote)
	inkLimit   = inkChart + ink(chart.InkLimit)
	inkCursor  = inkChart + ink(chart.InkCursor)
)

// selected is a bit on top of an ink: the row under the cursor.
const selected ink = 1 << 7

func chartInk(i chart.Ink) ink { return inkChart + ink(i) }

// A Theme names a palette.
type Theme string

// The themes. Auto asks the terminal for its background.
const (
	ThemeAuto     Theme = "auto"
	ThemeDark     Theme = "dark"
	ThemeLight    Theme = "light"
	ThemeANSI16   Theme = "ansi16"
	ThemeMono     Theme = "mono"
	ThemeContrast Theme = "high-contrast"
)

// Themes lists the names a user may give.
func Themes() []Theme {
	return []Theme{ThemeAuto, ThemeDark, ThemeLight, ThemeANSI16, ThemeMono, ThemeContrast}
}

// unasked is for a picture that does not wait for the terminal's answer: it
// takes the terminal's own colours, which fit any background.
func (o Options) unasked() Options {
	if o.Theme == ThemeAuto || o.Colors == termenv.Ascii {
		o.Theme = ThemeMono
	}
	return o
}

// A palette holds one colour for each meaning. Blue is fine and orange is a
// warning, so that both are told apart without red and green; the two series
// of a chart differ in lightness too.
type palette struct {
	text, dim, faint, strong     string
	accent, ok, warn, crit       string
	bar, seriesA, seriesB        string
	selection                    string
	heat                         [chart.HeatLevels]string
	bold, reverseSelection, dull bool
}

func paletteOf(t Theme) palette {
	switch t {
	case ThemeLight:
		return palette{
			text: "#24292f", dim: "#6a737d", faint: "#c3c9d0", strong: "#000000",
			accent: "#7c2fd0", ok: "#1558c0", warn: "#a85400", crit: "#c0151f",
			bar: "#3b7cc4", seriesA: "#0b4f8a", seriesB: "#7fb2dd", selection: "#e3eaf5",
			heat: [8]string{"#c9dff2", "#a5cbe8", "#7db3dc", "#5598cc", "#347bb5", "#1d5f98", "#0f4576", "#062c50"},
		}
	case ThemeANSI16:
		return palette{
			dim: "8", faint: "8", strong: "15", accent: "13", ok: "12", warn: "3", crit: "9",
			bar: "12", seriesA: "14", seriesB: "4",
			heat: [8]string{"4", "4", "12", "6", "14", "3", "11", "15"}, reverseSelection: true,
		}
	case ThemeContrast:
		return palette{
			text: "15", dim: "15", faint: "7", strong: "15", accent: "13", ok: "14", warn: "11", crit: "9",
			bar: "14", seriesA: "15", seriesB: "14",
			heat: [8]string{"4", "12", "6", "14", "10", "11", "11", "15"}, bold: true, reverseSelection: true,
		}
	case ThemeMono:
		return palette{dull: true, reverseSelection: true}
	}
	return palette{
		text: "#c9d1d9", dim: "#7d8590", faint: "#3d444d", strong: "#f0f6fc",
		accent: "#b694ff", ok: "#58a6ff", warn: "#f0a04b", crit: "#ff6b66",
		bar: "#4f8fd6", seriesA: "#a5e3f5", seriesB: "#4c7fb8", selection: "#232b38",
		heat: [8]string{"#1f3a5f", "#23527f", "#2a6d9e", "#3a8cb8", "#55a3bb", "#7fbcae", "#b3c88f", "#e0d288"},
	}
}

// A painter knows what to write before a run of text in each ink. It belongs
// to the goroutine that draws.
type painter struct {
	palette palette
	styles  *lipgloss.Renderer
	made    [256]bool
	before  [256]string // of those made
	ascii   bool        // nothing but ASCII is written
}

const reset = "\x1b[0m"

// newPainter lets Lip Gloss write each style once, when it is first needed:
// the first frame has few. Drawing is then a matter of copying strings.
func newPainter(o Options) *painter {
	r := lipgloss.NewRenderer(io.Discard)
	p, depth := paletteOf(o.Theme), o.Colors
	if p.dull {
		depth = termenv.ANSI // attributes only; no colour is ever named
	}
	r.SetColorProfile(depth)
	return &painter{palette: p, styles: r, ascii: o.Graph == chart.ASCII}
}

// opens answers what is written before text in an ink.
func (p *painter) opens(k ink) string {
	if !p.made[k] {
		p.made[k], p.before[k] = true, p.opening(k)
	}
	return p.before[k]
}

func (p *painter) opening(k ink) string {
	plain := k &^ selected
	style := p.palette.style(p.styles, plain)
	if k != plain {
		style = p.palette.onSelection(style, plain)
	}
	before, _, _ := strings.Cut(style.Render("x"), "x")
	return before
}

func (p palette) onSelection(s lipgloss.Style, i ink) lipgloss.Style {
	if p.reverseSelection {
		return s.UnsetFaint().Reverse(true)
	}
	if i == inkFaint {
		s = s.Foreground(lipgloss.Color(p.dim))
	}
	return s.Background(lipgloss.Color(p.selection))
}

func (p palette) style(r *lipgloss.Renderer, i ink) lipgloss.Style {
	s := r.NewStyle()
	if c := p.colour(i); c != "" {
		s = s.Foreground(lipgloss.Color(c))
	}
	switch i {
	case inkStrong, inkCrit, inkKey:
		s = s.Bold(true)
	case inkDim, inkFaint, inkAxis, inkSeriesB:
		s = s.Faint(p.dull)
	case inkAccent:
		s = s.Bold(p.dull || p.bold).Underline(p.dull)
	}
	return s
}

func (p palette) colour(i ink) string {
	if i >= chartInk(chart.InkHeat) {
		return p.heat[min(int(i-chartInk(chart.InkHeat)), len(p.heat)-1)]
	}
	return [...]string{
		inkText: p.text, inkDim: p.dim, inkFaint: p.faint, inkStrong: p.strong,
		inkAccent: p.accent, inkOK: p.ok, inkWarn: p.warn, inkCrit: p.crit,
		inkKey: p.accent, inkBar: p.bar,
		inkChart: "", inkAxis: p.faint, inkLabel: p.dim, inkSeriesA: p.seriesA, inkSeriesB: p.seriesB,
		inkUp: p.ok, inkDown: p.warn, inkNote: p.dim, inkLimit: p.faint, inkCursor: p.accent,
	}[i]
}
