package db

import "fmt"

// What the binders of all engines share. Each walks a syntax tree of its own.

// A declined statement travels from deep inside an expression to Parse.
type declined struct{ error }

// Decline gives a statement up with a reason; Declined, deferred by Parse,
// catches it.
func Decline(format string, args ...any) { panic(declined{fmt.Errorf(format, args...)}) }

// Declined turns what Decline threw into err, and so a fault of ours or of the
// parser's.
func Declined(err *error) {
	switch r := recover().(type) {
	case nil:
	case declined:
		*err = r.error
	default:
		*err = fmt.Errorf("could not be parsed: %v", r)
	}
}

// A Nesting guards against views that hold themselves, and against statements
// without end.
type Nesting int

// maxNesting bounds how deep views and subqueries lie in each other.
const maxNesting = 40

// In goes one level deeper; what it answers is deferred.
func (n *Nesting) In(what string) func() {
	if *n++; *n > maxNesting {
		Decline("too deeply nested at %s", what)
	}
	return func() { *n-- }
}

// Flip is the role where the sides of a comparison are exchanged.
func (r PlaceholderRole) Flip() PlaceholderRole {
	switch r {
	case RoleLow:
		return RoleHigh
	case RoleHigh:
		return RoleLow
	}
	return r
}

// UsePlaceholders says what placeholders, numbered from 1, stand for, unless
// that is known already.
func UsePlaceholders(list []Placeholder, numbers []int, p Placeholder) {
	for _, n := range numbers {
		if list[n-1].Role == "" {
			p.Name = list[n-1].Name
			list[n-1] = p
		}
	}
}

// OtherArm is why the arms of an OR cannot be searched of which one cannot.
const OtherArm = "another arm of the OR cannot use an index"

// WhyNoGroup says why no indexes serve an OR of these arms; "" when some
// could: every arm must be searched, in one table.
func WhyNoGroup(arms [][]Predicate) string {
	table := -1
	for _, arm := range arms {
		usable := false
		for _, p := range arm {
			usable = usable || p.NoIndex == ""
			if table < 0 {
				table = p.Column.Relation
			}
			if p.Column.Relation != table {
				return "an OR over two tables"
			}
		}
		if !usable {
			return OtherArm
		}
	}
	return ""
}
