package advisor

import (
	"fmt"
	"strings"
)

// A detour is a statement that indexes of the cards before make slower than it
// is today, by misleading its planner: nobody has had that state.
type detour struct {
	served
	today measure
	by    []*candidate // what its plan uses of them
}

// gains reports whether the statement is faster than today in the end.
func (d detour) gains() bool {
	return d.today.saves(d.after) >= minGain*d.today.value && d.today.value > d.after.value
}

// asToday puts today's time before what is served, where the cards before make
// it slower than that. A statement that is then no faster than today is not
// served but spared; it stays where nothing else is served.
func (s *search) asToday(list []served) (shown []served, detours []detour) {
	for _, v := range list {
		today, known := s.base[v.b]
		if !known || today.saves(v.before) >= 0 || v.before.value <= slower*today.value {
			shown = append(shown, v)
			continue
		}
		d := detour{v, today, s.chosenIn(v.before)}
		if detours = append(detours, d); d.gains() {
			shown = append(shown, served{v.b, today, v.after})
		}
	}
	if len(shown) == 0 {
		return list, detours
	}
	return shown, detours
}

// chosenIn are the chosen indexes that a plan uses.
func (s *search) chosenIn(m measure) (list []*candidate) {
	for _, c := range s.chosen {
		if m.uses[c.index.Name] {
			list = append(list, c)
		}
	}
	return list
}

// text says what the cards before alone make of the statement. What is saved
// is counted from there: those cards have paid for it.
func (d detour) text(of written) string {
	alone := strings.Join(of.names(d.by), " and ")
	if alone == "" {
		alone = "the indexes before it"
	}
	if d.gains() {
		return fmt.Sprintf("with %s alone %s would take %s: what this one saves is counted from there", alone, d.b.Label(), amount(d.before))
	}
	return fmt.Sprintf("%s takes %s today; with %s alone it would take %s, with this one too it takes %s",
		d.b.Label(), amount(d.today), alone, amount(d.before), amount(d.after))
}
