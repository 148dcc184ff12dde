package tpch

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// Money is an amount in hundredths.
type Money int64

func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	cents := strconv.FormatInt(int64(m%100), 10)
	if len(cents) == 1 {
		cents = "0" + cents
	}
	return sign + strconv.FormatInt(int64(m/100), 10) + "." + cents
}

// A Day counts from the first one that there is.
type Day int

var firstDay = time.Date(1992, 1, 1, 0, 0, 0, 0, time.UTC)

func (d Day) String() string { return firstDay.AddDate(0, 0, int(d)).Format(time.DateOnly) }

// The specification's days: today is 1995-06-17, and the last order is placed
// 151 days before the last day, 1998-12-31, so that all is delivered by then.
var (
	today     = dayOf(1995, 6, 17)
	lastOrder = dayOf(1998, 12, 31) - 151
)

func dayOf(y int, m time.Month, d int) Day {
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(firstDay).Hours() / 24)
}

// A gen draws the values of one row at a time: each has a beginning of its own,
// so that a row can be drawn again without those before it.
type gen struct {
	pcg *rand.PCG
	rng *rand.Rand
	buf []byte
}

func newGen() *gen {
	pcg := rand.NewPCG(1, 1)
	return &gen{pcg: pcg, rng: rand.New(pcg)}
}

// spread is the golden ratio's part of 2^64: it puts the beginnings of
// neighbours far apart.
const spread = 0x9E3779B97F4A7C15

// luck was chosen of sixty: with it every query has an answer at a hundredth of
// scale 1, also 18, which looks for orders larger than most sets of 15,000 have.
const luck = 44

// row begins row i of a table.
func (g *gen) row(table string, i int) {
	seed := uint64(0)
	for _, c := range []byte(table) {
		seed = seed*131 + uint64(c)
	}
	g.pcg.Seed(seed*spread+luck, uint64(i)*spread)
}

func (g *gen) between(low, high int) int { return low + g.rng.IntN(high-low+1) }

func (g *gen) money(low, high int) Money { return Money(g.between(low, high)) }

func one[T any](g *gen, list []T) T { return list[g.rng.IntN(len(list))] }

// letters are those of an address.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ,"

// address is text that means nothing; it neither begins nor ends with a space.
func (g *gen) address() string {
	n := g.between(10, 40)
	g.buf = g.buf[:0]
	for i := range n {
		end := len(letters)
		if i == 0 || i == n-1 {
			end -= 2
		}
		g.buf = append(g.buf, letters[g.rng.IntN(end)])
	}
	return string(g.buf)
}

// phone begins with the nation's code.
func (g *gen) phone(nation int) string {
	g.buf = strconv.AppendInt(g.buf[:0], int64(nation+10), 10)
	for _, high := range []int{999, 999, 9999} {
		low := (high + 1) / 10
		g.buf = strconv.AppendInt(append(g.buf, '-'), int64(g.between(low, high)), 10)
	}
	return string(g.buf)
}

// numbered is "Supplier#000000012".
func numbered(what string, n int) string {
	digits := strconv.Itoa(n)
	const zeros = "000000000"
	return what + "#" + zeros[:max(0, len(zeros)-len(digits))] + digits
}
