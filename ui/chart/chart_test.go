package chart

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func frame(g Graph) Frame {
	return Frame{Graph: g, Start: noon.Add(-time.Hour), End: noon, EndLabel: "now", Marks: []Mark{
		{At: noon.Add(-20 * time.Minute), Rune: '▼', Text: "index dropped", Ink: InkDown},
		{At: noon.Add(-2 * time.Minute), Rune: '▲', Text: "index created", Ink: InkUp},
	}}
}

func ms(v float64) string { return fmt.Sprintf("%.0f ms", v*1000) }

func randomValues(r *rand.Rand, n int) []float64 {
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -1, 1e300, 1e-300}
	vs := make([]float64, n)
	for i := range vs {
		vs[i] = r.Float64() * 2
		if r.Intn(4) == 0 {
			vs[i] = odd[r.Intn(len(odd))]
		}
	}
	return vs
}

// Whatever the size and the values, a picture has exactly its size and holds
// only characters one cell wide.
func TestEveryPictureFits(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 3000 {
		w, h := r.Intn(140)-2, r.Intn(30)-2
		g := Graph(r.Intn(3))
		f := frame(g)
		if r.Intn(3) == 0 {
			f.Cursor = noon.Add(-time.Duration(r.Intn(7200)) * time.Second)
		}
		line := Line(w, h, []Series{
			{Name: "P95", Values: randomValues(r, r.Intn(300)), Ink: InkA},
			{Name: "P50", Values: randomValues(r, r.Intn(300)), Ink: InkB, Dashed: true},
		}, f, Scale{Format: ms, Limit: 1})
		heat := make([][]uint64, r.Intn(60))
		for i := range heat {
			heat[i] = []uint64{uint64(r.Intn(3)), uint64(r.Intn(1000)), 1 << uint(r.Intn(63))}
		}
		checkSize(t, line, w, h)
		checkSize(t, Heat(w, h, heat, func(i int) string { return fmt.Sprint(i, " ms") }, f), w, h)
		for _, s := range []string{Spark(randomValues(r, r.Intn(50)), w, 0, g), Bar(r.Float64()*3-1, w, g)} {
			if n := utf8.RuneCountInString(s); n != max(w, 0) {
				t.Fatalf("got %d cells, want %d: %q", n, w, s)
			}
		}
	}
}

func checkSize(t *testing.T, p Picture, w, h int) {
	t.Helper()
	lines := p.Lines()
	if len(lines) != max(h, 0) {
		t.Fatalf("%d×%d: got %d lines", w, h, len(lines))
	}
	for _, l := range lines {
		if n := utf8.RuneCountInString(l); n != max(w, 0) {
			t.Fatalf("%d×%d: got a line of %d cells: %q", w, h, n, l)
		}
		if strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Fatalf("%d×%d: control byte in %q", w, h, l)
		}
	}
}

func cliff(n int) []float64 {
	vs := make([]float64, n)
	for i := range vs {
		if vs[i] = 0.04; i > n*2/3 {
			vs[i] = 0.84
		}
	}
	return vs
}

func TestALineChartSaysItsUnitItsMaximumItsTimesAndItsMarks(t *testing.T) {
	for _, g := range []Graph{Braille, Block, ASCII} {
		p := Line(100, 9, []Series{{Name: "P95", Values: cliff(120), Ink: InkA}}, frame(g), Scale{Format: ms})
		text := strings.Join(p.Lines(), "\n")
		for _, want := range []string{"1000 ms", "500 ms", "11:30", "now", "index dropped▼", "index created▲", "P95"} {
			if !strings.Contains(text, want) {
				t.Errorf("graph %d: want %q in\n%s", g, want, text)
			}
		}
	}
}

func TestMarksCloseToEachOtherLeaveEachOtherTheirTexts(t *testing.T) {
	f := frame(Braille)
	at := func(ago time.Duration, r rune, text string) Mark {
		return Mark{At: f.End.Add(-ago), Rune: r, Text: text}
	}
	span := f.End.Sub(f.Start)
	f.Marks = []Mark{at(span/4, '▲', "index created"), at(span/100, '▼', "undone")}
	for _, w := range []int{50, 64, 80, 120, 200} {
		text := strings.Join(Line(w, 9, []Series{{Name: "P95", Values: cliff(120), Ink: InkA}}, f, Scale{Format: ms}).Lines(), "\n")
		if !strings.Contains(text, "index created") || !strings.Contains(text, "undone▼") {
			t.Errorf("%d wide: a text is cut or written over:\n%s", w, text)
		}
	}
}

// Where two marks have not room for both texts the older one's gives way: what
// is left of it ends in a sign that it is cut, and never runs into the newer.
func TestTheOlderOfTwoMarksCloseTogetherGivesWay(t *testing.T) {
	const older, newer = "table changed: orders", "log_slow_query: OFF → ON"
	for ago := 6 * time.Minute; ago <= 50*time.Minute; ago += 30 * time.Second {
		f := frame(Braille)
		f.EndLabel = ""
		f.Marks = []Mark{{At: noon.Add(-ago), Rune: '▼', Text: older}, {At: noon.Add(-5 * time.Minute), Rune: '◆', Text: newer}}
		lines := Line(80, 9, []Series{{Values: cliff(120), Ink: InkA}}, f, Scale{Format: ms}).Lines()
		axis := lines[len(lines)-2]
		before, _, whole := strings.Cut(axis, newer+"◆")
		if !whole || !strings.HasSuffix(before, "─") {
			t.Errorf("%v ago: the newer mark is not told apart: %s", ago, axis)
		}
		_, said, drawn := strings.Cut(before, "▼")
		said = strings.Trim(said, "─┬")
		short, cut := strings.CutSuffix(said, "…")
		if drawn && said != "" && said != older && !(cut && strings.HasPrefix(older, short)) {
			t.Errorf("%v ago: a piece of the older text is left: %s", ago, axis)
		}
	}
}

func TestASCIIUsesOnlyASCIIForTheCurve(t *testing.T) {
	f := frame(ASCII)
	f.Marks = nil
	p := Line(80, 10, []Series{{Name: "P95", Values: cliff(80), Ink: InkA}}, f, Scale{Format: ms})
	for _, l := range p.Lines() {
		for _, r := range l {
			if r > 0x7e {
				t.Fatalf("got %q in %q", r, l)
			}
		}
	}
}

func TestAGapInTheValuesIsAGapInTheLine(t *testing.T) {
	vs := make([]float64, 40)
	for i := range vs {
		if vs[i] = 0.5; i >= 10 && i < 30 {
			vs[i] = math.NaN()
		}
	}
	p := Line(40, 1, []Series{{Values: vs, Ink: InkA}}, Frame{}, Scale{Max: 1})
	got := strings.TrimRight(p.Lines()[0], " ")
	if !strings.Contains(got, strings.Repeat(" ", 15)) {
		t.Errorf("want a gap of about 20 cells, got %q", got)
	}
}

func TestTheHighestBandIsOnTopAndOneSlowRequestShows(t *testing.T) {
	heat := make([][]uint64, 20)
	for i := range heat {
		heat[i] = []uint64{5000, 0, 0}
	}
	heat[10][2] = 1
	lines := Heat(20, 3, heat, nil, Frame{}).Lines()
	if strings.TrimSpace(lines[0]) == "" || strings.TrimSpace(lines[1]) != "" {
		t.Errorf("want one mark on the top row and none on the middle one, got\n%s", strings.Join(lines, "\n"))
	}
}

func TestNiceMax(t *testing.T) {
	for _, c := range []struct{ v, want float64 }{
		{0, 1}, {math.NaN(), 1}, {0.84, 1}, {1.1, 1.2}, {1.21, 1.6}, {7, 8}, {0.0031, 0.004}, {100, 100}, {101, 120},
	} {
		if got := NiceMax(c.v); math.Abs(got-c.want) > 1e-9*c.want {
			t.Errorf("NiceMax(%v): got %v, want %v", c.v, got, c.want)
		}
	}
}

func TestSparkAndBar(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"a rising row", Spark([]float64{0, 1, 2, 3, 4, 5, 6}, 7, 0, Braille), "▁▂▃▄▅▆▇"},
		{"a gap is a blank", Spark([]float64{1, math.NaN(), 1}, 4, 0, Braille), " ▇ ▇"},
		{"the newest are kept", Spark([]float64{9, 0, 9}, 2, 9, ASCII), "_#"},
		{"half a bar", Bar(0.5, 3, Braille), "━╸ "},
		{"a trace shows", Bar(0.0001, 3, Braille), "╸  "},
		{"nothing is nothing", Bar(0, 3, Braille), "   "},
		{"more than all is all", Bar(7, 3, ASCII), "==="},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

// steady is n times low, with high where at says.
func steady(n int, low, high float64, at ...int) []Series {
	vs := make([]float64, n)
	for i := range vs {
		vs[i] = low
	}
	for _, i := range at {
		vs[i] = high
	}
	return []Series{{Name: "P95", Values: vs, Ink: InkA}}
}

func TestALoneSpikeDoesNotFlattenTheLine(t *testing.T) {
	step := make([]int, 0, 60)
	for i := 140; i < 200; i++ {
		step = append(step, i)
	}
	for _, c := range []struct {
		name   string
		series []Series
		top    float64
	}{
		{"a spike in the middle leaves the scale", steady(200, 0.1, 9, 80), 0.12},
		{"the newest value is news, not a spike", steady(200, 0.1, 9, 199), 10},
		{"a step is no spike", steady(200, 0.1, 9, step...), 10},
		{"twice the rest still fits", steady(200, 0.1, 0.2, 80), 0.2},
		{"of a few values none is a spike", steady(20, 0.1, 9, 8), 10},
	} {
		if got := autoTop(c.series); math.Abs(got-c.top) > 1e-9 {
			t.Errorf("%s: got a scale up to %v, want %v", c.name, got, c.top)
		}
	}
}

func TestASpikeThatLeavesTheScaleIsMarkedWithItsHeight(t *testing.T) {
	p := Line(80, 8, steady(200, 0.1, 9, 80), Frame{}, Scale{Format: ms})
	if top := p.Lines()[0]; !strings.Contains(top, "▴9000 ms") {
		t.Errorf("got %q on top, want ▴ and 9000 ms", top)
	}
}

func TestNamesOfNearSeriesStayInOrderOnRowsOfTheirOwn(t *testing.T) {
	for _, low := range []float64{0, 0.5, 1} {
		p := Line(60, 8, []Series{
			{Name: "P95", Values: []float64{low, low}, Ink: InkA}, {Name: "P50", Values: []float64{low, low * 0.99}, Ink: InkB},
		}, Frame{}, Scale{Format: ms, Max: 1})
		at := map[string]int{}
		for y, l := range p.Lines() {
			for _, n := range []string{"P95", "P50"} {
				if strings.Contains(l, n) {
					at[n] = y + 1
				}
			}
		}
		if at["P95"] == 0 || at["P50"] == 0 || at["P95"] >= at["P50"] {
			t.Errorf("at %v: got P95 on row %d and P50 on row %d, want both, P95 above", low, at["P95"], at["P50"])
		}
	}
}
