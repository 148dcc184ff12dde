package advisor

import (
	"math"
	"math/rand"
	"strings"
	"testing"
	"time"

	"mltop/internal/stat"
)

// A scene is a statement of cheap and of dear calls on a server that does other
// things, too, before a change and after it.
type scene struct {
	name        string
	dear        [2]float64 // part of dear calls
	load        [2]float64 // calls a second, times as many as usual
	slower      [2]float64 // what the load does to each call on the server
	own         [2]float64 // what it does to the subject beside that
	refused     [2]float64 // part of requests refused
	gain        float64    // what the change really does to a call's time
	rows, parts bool       // counted by the source
	others      bool       // other statements are seen
}

func usualScene() scene {
	return scene{load: [2]float64{1, 1}, slower: [2]float64{1, 1}, own: [2]float64{1, 1}, dear: [2]float64{0.2, 0.2}, gain: 1}
}

const (
	cheapTime, dearTime = 0.002, 0.05
	cheapRows, dearRows = 12, 480
	sceneBefore         = 300 // seconds
)

// A told scene is what mltop sees of it.
type toldScene struct {
	before, after []stat.Bucket
	beside        Beside
}

func (c scene) tell(r *rand.Rand, after int) toldScene {
	level := similar(0.8, 0.06)(r)
	out := toldScene{beside: Beside{Parts: map[string][]stat.Bucket{}}}
	others := map[string][]stat.Bucket{}
	for i := range sceneBefore + after {
		side := 0
		if i >= sceneBefore {
			side = 1
		}
		pace := level(i) / 0.02 * c.slower[side]
		b, m := c.second(r, i, side, pace*c.own[side], out.beside.Parts)
		if side == 0 {
			out.before = append(out.before, b)
		} else {
			out.after = append(out.after, b)
		}
		out.beside.Mix = append(out.beside.Mix, m)
		for _, name := range []string{"a", "b", "c"} {
			o := bucketOf(i)
			for range int(float64(4+r.Intn(8)) * c.load[side]) {
				o.Latency.Add(0.004 * pace * math.Exp(0.6*r.NormFloat64()))
			}
			others[name] = append(others[name], o)
		}
	}
	if !c.parts {
		out.beside.Parts = nil
	}
	if c.others {
		out.beside.Others = func() map[string][]stat.Bucket { return others }
	}
	return out
}

func bucketOf(second int) stat.Bucket {
	return stat.Bucket{Start: time.Unix(int64(second), 0), Width: time.Second, Latency: &stat.Sketch{}}
}

func (c scene) second(r *rand.Rand, i, side int, pace float64, parts map[string][]stat.Bucket) (stat.Bucket, Mix) {
	all, cheap, dear := bucketOf(i), bucketOf(i), bucketOf(i)
	m := Mix{Start: all.Start, Width: all.Width, Rows: math.NaN()}
	if c.rows {
		m.Rows = 0
	}
	if side == 1 {
		pace *= c.gain
	}
	for range int(float64(5+r.Intn(10)) * c.load[side]) {
		mean, rows, part := cheapTime, cheapRows, cheap
		if r.Float64() < c.dear[side] {
			mean, rows, part = dearTime, dearRows, dear
		}
		if r.Float64() < c.refused[side] {
			mean, m.Refused = cheapTime/20, m.Refused+1
		}
		t := mean * pace * math.Exp(0.4*r.NormFloat64())
		all.Latency.Add(t)
		part.Latency.Add(t)
		m.Calls++
		if c.rows {
			m.Rows += float64(rows)
		}
	}
	parts["cheap"], parts["dear"] = append(parts["cheap"], cheap), append(parts["dear"], dear)
	return all, m
}

// said reports whether any look after a change says that it helped or hurt.
func (x toldScene) said(judge func(after []stat.Bucket) Verdict) bool {
	for end := 20; end <= len(x.after); end += 20 {
		if v := judge(x.after[:end]); v.Outcome == OutcomeBetter || v.Outcome == OutcomeWorse {
			return true
		}
	}
	return false
}

func (x toldScene) judged(after []stat.Bucket) Verdict {
	return JudgeBeside("x", x.before, after, x.beside)
}

func movedScenes() []scene {
	make := func(name string, with func(*scene)) scene {
		c := usualScene()
		c.name = name
		with(&c)
		return c
	}
	return []scene{
		make("dear constants in place of cheap ones, which the source tells apart", func(c *scene) { c.dear, c.parts = [2]float64{0.2, 0.8}, true }),
		make("cheap constants in place of dear ones, which the source tells apart", func(c *scene) { c.dear, c.parts = [2]float64{0.8, 0.2}, true }),
		make("dear constants in place of cheap ones, and only rows are counted", func(c *scene) { c.dear, c.rows = [2]float64{0.2, 0.8}, true }),
		make("cheap constants in place of dear ones, and only rows are counted", func(c *scene) { c.dear, c.rows = [2]float64{0.8, 0.2}, true }),
		make("twice the load, and all is slower", func(c *scene) { c.load, c.slower, c.others = [2]float64{1, 2}, [2]float64{1, 1.5}, true }),
		make("half the load, and all is faster", func(c *scene) { c.load, c.slower, c.others = [2]float64{2, 1}, [2]float64{1.5, 1}, true }),
		make("twice the load, which the subject feels more than the others", func(c *scene) {
			c.load, c.slower, c.own, c.others = [2]float64{1, 2}, [2]float64{1, 1.4}, [2]float64{1, 1.3}, true
		}),
		make("twice the load, and nothing else is seen", func(c *scene) { c.load, c.slower = [2]float64{1, 2}, [2]float64{1, 1.5} }),
		make("a backup makes all slower", func(c *scene) { c.slower, c.others = [2]float64{1, 1.6}, true }),
		make("most requests are refused", func(c *scene) { c.refused = [2]float64{0.02, 0.6} }),
		make("a new mix and twice the load at once", func(c *scene) {
			c.dear, c.rows, c.load, c.slower, c.others = [2]float64{0.2, 0.8}, true, [2]float64{1, 2}, [2]float64{1, 1.5}, true
		}),
		make("nothing moved", func(c *scene) { c.rows, c.parts, c.others = true, true, true }),
	}
}

// The calls of the time after a change are not those of before; the change did
// nothing. Times alone call that a gain or a loss.
func TestAChangedMixOrLoadIsNotTakenForTheChange(t *testing.T) {
	const times, after = 50, 180
	for _, c := range movedScenes() {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewSource(17))
			wrong, plain := 0, 0
			for range times {
				x := c.tell(r, after)
				if x.said(x.judged) {
					wrong++
				}
				if v := Judge("x", x.before, x.after); v.Outcome == OutcomeBetter || v.Outcome == OutcomeWorse {
					plain++
				}
			}
			t.Logf("%d false verdicts; by times alone %d", wrong, plain)
			if wrong > 5 {
				t.Errorf("%d false verdicts in %d harmless changes, want at most 5", wrong, times)
			}
			if c.name != "nothing moved" && plain < 40 {
				t.Errorf("times alone are wrong in %d of %d: the scene shows nothing", plain, times)
			}
		})
	}
}

// A change that makes each call so many times faster is found in spite of what
// moves besides.
func TestATrueGainIsFoundInAChangedMix(t *testing.T) {
	for _, c := range []struct {
		name string
		of   scene
		gain float64
	}{
		{"each call with its like, where dear ones take the place of cheap ones", scene{dear: [2]float64{0.2, 0.8}, parts: true}, 10},
		{"each call with its like, where cheap ones take the place of dear ones", scene{dear: [2]float64{0.8, 0.2}, parts: true}, 3},
		{"more rows a call, and faster all the same", scene{dear: [2]float64{0.2, 0.8}, rows: true}, 20},
		{"twice the load, and faster all the same", scene{dear: [2]float64{0.2, 0.2}, load: [2]float64{1, 2}, slower: [2]float64{1, 1.5}, others: true}, 10},
		{"nothing moved", scene{dear: [2]float64{0.2, 0.2}, rows: true, parts: true, others: true}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, found := rand.New(rand.NewSource(5)), 0
			of, base := c.of, usualScene()
			of.gain, of.own = 1/c.gain, base.own
			if of.load[0] == 0 {
				of.load, of.slower = base.load, base.slower
			}
			const times = 30
			var last Verdict
			for range times {
				x := of.tell(r, 180)
				if last = x.judged(x.after); last.Outcome == OutcomeBetter {
					found++
				}
				if of.parts && (last.BeforeMean/last.AfterMean < 0.8*c.gain || last.BeforeMean/last.AfterMean > 1.25*c.gain) {
					t.Errorf("a gain of %.0f× is said to be %s", c.gain, last.Text)
				}
			}
			t.Logf("found %d of %d: %s", found, times, last.Text)
			if found < times*9/10 {
				t.Errorf("found %d of %d true gains, want nine of ten; the last said: %s", found, times, last.Text)
			}
		})
	}
}

func TestAVerdictSaysWhatMoved(t *testing.T) {
	for name, want := range map[string]string{
		"dear constants in place of cheap ones, which the source tells apart": "; the mix changed: each call is compared with its like",
		"dear constants in place of cheap ones, and only rows are counted":    "on average, but the mix changed: rows a call 1",
		"twice the load, and all is slower":                                   "on average, but statements that the change does not touch became ",
		"twice the load, and nothing else is seen":                            "on average, but the load changed: 9",
		"most requests are refused":                                           "refused requests ",
	} {
		for _, c := range movedScenes() {
			if c.name != name {
				continue
			}
			x := c.tell(rand.New(rand.NewSource(3)), 180)
			if v := x.judged(x.after); !strings.Contains(v.Text, want) {
				t.Errorf("%s: got %q, %s\nwant it to say %q", name, v.Outcome, v.Text, want)
			}
		}
	}
}

func TestCallsThatNobodyAskedForBeforeAreNotComparable(t *testing.T) {
	r := rand.New(rand.NewSource(9))
	c := usualScene()
	c.dear, c.parts = [2]float64{0, 1}, true
	x := c.tell(r, 120)
	v := x.judged(x.after)
	if want := "not comparable: 25× slower on average, but the mix changed: most of the calls ask for what was not asked for before"; v.Outcome != OutcomeMixed || !strings.HasPrefix(v.Text, "not comparable: ") || !strings.HasSuffix(v.Text, "asked for before") {
		t.Errorf("got %q, %s\nwant %q, the like of %s", v.Outcome, v.Text, OutcomeMixed, want)
	}
}
