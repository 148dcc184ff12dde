package webapp

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// A gen draws values. Who is drawn by hot is drawn by Zipf's law: a few
// accounts, articles and products have most of everything.
type gen struct {
	rng  *rand.Rand
	skew float64
	rows map[string]int
	zipf map[int]*rand.Zipf
}

func newGen(seed uint64, skew float64, rows map[string]int) *gen {
	return &gen{rng: rand.New(rand.NewPCG(seed, 40)), skew: skew, rows: rows, zipf: map[int]*rand.Zipf{}}
}

// head flattens the law's beginning, so that the first of twenty thousand has
// some hundredths of all and not a fifth.
const head = 10

// any and hot draw the key of a table's row.
func (g *gen) any(table string) int { return 1 + g.rng.IntN(g.rows[table]) }

func (g *gen) hot(table string) int {
	n := g.rows[table]
	z := g.zipf[n]
	if z == nil {
		z = rand.NewZipf(g.rng, g.skew, head, uint64(n-1))
		g.zipf[n] = z
	}
	return 1 + int(z.Uint64()*7919)%n // 7919 is prime: who is hot has no place of his own
}

// share is true in so many of a thousand draws.
func (g *gen) share(thousandths int) bool { return g.rng.IntN(1000) < thousandths }

func (g *gen) between(low, high int) int { return low + g.rng.IntN(high-low+1) }

// one of several words, the earlier ones more often: each has its thousandths,
// the last one the rest.
func (g *gen) one(words []string, thousandths ...int) string {
	n := g.rng.IntN(1000)
	for i, t := range thousandths {
		if n -= t; n < 0 {
			return words[i]
		}
	}
	return words[len(words)-1]
}

// start and the days behind it are the span of all times.
var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const days = 300

// when is that part of the span, as text.
func when(part float64) string {
	return start.Add(time.Duration(part * days * 24 * float64(time.Hour))).Format(time.DateTime)
}

// grown is the time of row i of n, where rows come in order of time.
func (g *gen) grown(i, n int) string { return when((float64(i) + g.rng.Float64()) / float64(n+1)) }

func (g *gen) sometime() string { return when(g.rng.Float64()) }

var syllables = strings.Fields("ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu")

func (g *gen) word(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(syllables[g.rng.IntN(len(syllables))])
	}
	return b.String()
}

func (g *gen) text(words int) string {
	list := make([]string, words)
	for i := range list {
		list[i] = g.word(g.between(1, 4))
	}
	return strings.Join(list, " ")
}

// Texts of a row that a statement looks for must be known from its number.
func emailOf(i int) string { return fmt.Sprintf("user%d@mail%d.example", i, i%50) }
func tokenOf(i int) string {
	n := uint32(i) // 32 bits, on every machine
	return fmt.Sprintf("%08x%08x%08x", n*2654435761, n*40503, i)
}
func slugOf(i int) string { return fmt.Sprintf("story-%d-%s", i*7919%1000003, syllables[i%20]) }
func skuOf(i int) string {
	return fmt.Sprintf("%s-%05d", strings.ToUpper(syllables[i%20]), i*7919%99991)
}
func refOf(i int) string { return fmt.Sprintf("r%d", i*7919%100003) }
func urlOf(i int) string {
	return fmt.Sprintf("https://news%d.example/archive/%d/%s?from=feed", i%9, i*31, slugOf(i))
}
func voucherOf(i int) string { return fmt.Sprintf("SAVE-%d", i*7919%10007) }

// nameOf begins with one of four hundred pairs of syllables.
func nameOf(i int) string {
	return strings.ToUpper(syllables[i%20][:1]) + syllables[i%20][1:] + syllables[i/20%20] + " " + syllables[i/400%20] + fmt.Sprint(i%97)
}

var countries = strings.Fields("de fr us gb nl pl it es se at ch be dk no fi pt cz ie gr hu")

func (g *gen) country() string { return countries[min(g.rng.IntN(20), g.rng.IntN(20), g.rng.IntN(20))] }

func orNull(keep bool, v any) any {
	if keep {
		return v
	}
	return nil
}
