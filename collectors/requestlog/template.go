package requestlog

import "strings"

// Templates learns which parts of paths are fixed and which are values, from
// the paths alone, and names the route of each: /users/{id}. A path is
// observed before it is named; the more are observed before the first is
// named, the better the names. A name once given never changes: a place that
// is found to hold values keeps the words that were named before.
//
// It is a tree of segments. What looks like an id or a date is a value by
// itself. Words are values where a place has many of them, and they come and
// go (the share of words met once estimates how many are still to come: Good
// 1953), or where they are many and alike.
type Templates struct {
	root  *node
	nodes int
}

// A node is one segment at one place.
type node struct {
	kids map[string]*node // fixed parts
	last *node            // the kid that was asked for last; may be nil
	text string           // the segment, of a fixed part
	any  *node            // the values of this place together
	name string           // of any, once named
	hits uint32
	open bool // new words here are values
	kept bool // has been named
	next uint32
	ends []end // routes that end here
}

// An end is the number of the route that a path with this method has. It
// stands for good: what was named keeps its place in the tree.
type end struct {
	method string
	route  int32
}

const (
	// maxNodes bounds memory to about 4 MB; beyond it new words are values.
	maxNodes = 20000
	// maxSegments: deeper parts are one value.
	maxSegments = 16
	// maxPath: what is longer is cut before it is looked at.
	maxPath = 2048

	// From so many words on, a place may hold values; containers of
	// resources have more fixed words than others.
	wordsAlike     = 10
	wordsFew       = 12
	wordsContainer = 60
	wordsMany      = 200
	// newShare: when one of so many is a word met once, more will come.
	newShare = 0.1
	// alikeShare: words of which so many go on alike are values of one kind.
	alikeShare = 0.8
	// heavyShare: a word with so much of the traffic of its place is a route
	// of its own.
	heavyShare = 0.25
)

// NewTemplates knows no path.
func NewTemplates() *Templates { return &Templates{root: &node{}} }

// Observe learns from one path.
func (t *Templates) Observe(path string) {
	n := t.root
	n.hits++
	for s := newSegments(path); s.next(); {
		if k := n.kid(s.text); k != nil { // only words are kids
			n = k
		} else {
			n = t.step(n, s.text)
		}
		n.hits++
	}
}

// kid is the child of n for a fixed part; nil if there is none. Most places
// have one, or are asked for the same one by many rows together.
func (n *node) kid(s string) *node {
	if n.last != nil && n.last.text == s {
		return n.last
	}
	if len(n.kids) == 0 {
		return nil
	}
	k := n.kids[s]
	if k != nil {
		n.last = k
	}
	return k
}

// step is the child of n for a segment that is none of its fixed parts yet.
func (t *Templates) step(n *node, s string) *node {
	if !n.open && t.nodes < maxNodes && classify(s) == plainWord {
		if n.kids == nil {
			n.kids = map[string]*node{}
		}
		k := &node{text: strings.Clone(s)}
		n.kids[k.text] = k
		t.nodes++
		return k
	}
	if n.any == nil && t.nodes >= maxNodes {
		return n // full: what follows is not told apart any more
	}
	return t.valuesOf(n)
}

func (t *Templates) valuesOf(n *node) *node {
	if n.any == nil {
		n.any = &node{}
		t.nodes++
	}
	return n.any
}

// Name answers the route of a path. One that was never observed is observed
// by this.
func (t *Templates) Name(path string) string {
	t.walk(path)
	return t.text(path)
}

// walk goes down to where a path ends, and settles its name on the way. The
// answer is nil where the tree is full: several routes end there.
func (t *Templates) walk(path string) *node {
	n, parent, whole := t.root, "", true
	n.hits++
	for s := newSegments(path); s.next(); {
		if n.doubtful() {
			t.judge(n, parent)
		}
		k := n.kid(s.text)
		if k == nil {
			k = t.step(n, s.text)
		}
		whole = whole && k != n
		if k != n.any && k != n { // only words are kids
			k.kept = true
			parent = s.text
		} else {
			if n.name == "" {
				n.name = placeholder(classify(s.text), n.open)
			}
			parent = n.name
		}
		n = k
		n.hits++
	}
	if !whole {
		return nil
	}
	return n
}

// text is the name of a path that was walked.
func (t *Templates) text(path string) string {
	var b strings.Builder
	b.Grow(min(len(path), 64))
	n := t.root
	for s := newSegments(path); s.next(); {
		b.WriteByte('/')
		if k := n.kids[s.text]; k != nil {
			b.WriteString(s.text)
			n = k
			continue
		}
		b.WriteString(n.name)
		if n.any != nil { // else the tree is full
			n = n.any
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

func placeholder(c class, open bool) string {
	if c == plainWord && open {
		return slugName
	}
	return c.placeholder()
}

// doubtful reports that the words below n are to be judged: now and again, as
// it is hit a quarter more often.
func (n *node) doubtful() bool { return !n.open && n.hits >= n.next && len(n.kids) >= wordsAlike }

// judge decides whether the words below n are values.
func (t *Templates) judge(n *node, segment string) {
	n.next = n.hits + n.hits/4
	if !valuesBelow(n, segment) {
		return
	}
	n.open, n.last = true, nil
	t.valuesOf(n)
	for s, k := range n.kids {
		if !k.kept && !fixedWord(s) && float64(k.hits) < heavyShare*float64(n.hits) {
			delete(n.kids, s)
			t.merge(n.any, k)
			t.nodes--
		}
	}
}

func valuesBelow(n *node, segment string) bool {
	words, once := len(n.kids), 0
	for _, k := range n.kids {
		if k.hits == 1 {
			once++
		}
	}
	if words >= wordsMany {
		return true
	}
	inflow := float64(once) >= newShare*float64(n.hits)
	if container(segment) {
		return words >= wordsContainer && inflow
	}
	return words >= wordsFew && inflow || alike(n)
}

// alike reports whether nearly all words below n are followed by the same.
func alike(n *node) bool {
	counts := map[string]int{}
	most := 0
	for _, k := range n.kids {
		s := shape(k)
		counts[s]++
		most = max(most, counts[s])
	}
	return float64(most) >= alikeShare*float64(len(n.kids))
}

func shape(n *node) string {
	switch {
	case len(n.kids) == 0 && n.any == nil:
		return ""
	case len(n.kids) == 0:
		return "{}"
	case len(n.kids) > 1:
		return "…"
	}
	for s := range n.kids {
		return s
	}
	return ""
}

// merge adds what was learned below k to n.
func (t *Templates) merge(n, k *node) {
	n.hits += k.hits
	n.open = n.open || k.open
	if n.name == "" {
		n.name = k.name
	}
	if k.any != nil {
		t.merge(t.valuesOf(n), k.any)
		t.nodes--
	}
	for s, grandchild := range k.kids {
		if n.kids == nil {
			n.kids = map[string]*node{}
		}
		if mine := n.kids[s]; mine != nil {
			t.merge(mine, grandchild)
			t.nodes--
			continue
		}
		n.kids[s] = grandchild
	}
}
