package querylog

import (
	"fmt"
	"hash/fnv"
	"math/bits"
	"strings"
)

const (
	// kindsAfter calls are looked at before a statement's calls are told apart:
	// then it shows which of its constants take few values. From there on kinds
	// mean the same.
	kindsAfter = 200
	// fewValues in so many calls: a status or a country, not a key.
	fewValues = 32
	// kindsMost bounds what is kept of a statement. A key that many calls share
	// makes most of its kind's calls, whatever falls in with it.
	kindsMost = 8
	// placesMost is how many constants are looked at.
	placesMost = 8
)

// kinds tells a statement's calls apart by their constants: those of few
// values where there are any, else all of them.
type kinds struct {
	calls  int
	values [placesMost]map[string]bool
	few    [placesMost]bool
	any    bool
	met    map[string]int // what of few values was met, in the order in which it was
}

// of is the kind of a call; "" while too few are known.
func (k *kinds) of(constants []string, route string) string {
	if k.calls < kindsAfter {
		k.learn(constants)
		return ""
	}
	// A list of many values is another question than one of few.
	return fmt.Sprintf("%s\x00%d\x00%d", route, bits.Len(uint(len(constants))), k.number(constants))
}

// number is that of the constants: what is common is met first, and all that is
// met late has one.
func (k *kinds) number(constants []string) int {
	if !k.any {
		h := fnv.New32a()
		_, _ = h.Write([]byte(strings.Join(constants, "\x00")))
		return int(h.Sum32() % kindsMost)
	}
	var text strings.Builder
	for i, c := range constants[:min(len(constants), placesMost)] {
		if k.few[i] {
			text.WriteString(c + "\x00")
		}
	}
	n, known := k.met[text.String()]
	if known {
		return n
	}
	if n = len(k.met); n < kindsMost-1 {
		k.met[text.String()] = n
	}
	return n
}

func (k *kinds) learn(constants []string) {
	k.calls++
	for i, c := range constants[:min(len(constants), placesMost)] {
		if k.values[i] == nil {
			k.values[i] = map[string]bool{}
		}
		k.values[i][c] = true
	}
	if k.calls < kindsAfter {
		return
	}
	k.met = map[string]int{}
	for i, v := range k.values {
		k.few[i] = len(v) > 1 && len(v) <= fewValues
		k.any = k.any || k.few[i]
		k.values[i] = nil
	}
}
