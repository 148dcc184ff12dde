package tpch

import "strings"

// The words that queries ask for are the specification's: regions, nations,
// segments, priorities, ways to ship and to hand over, and the syllables of
// types and containers. All others are ours.

var regions = strings.Fields("AFRICA AMERICA ASIA EUROPE MIDDLE_EAST")

// nations in the order of their keys, each with the key of its region.
var nations = strings.Fields(`ALGERIA:0 ARGENTINA:1 BRAZIL:1 CANADA:1 EGYPT:4 ETHIOPIA:0 FRANCE:3 GERMANY:3 INDIA:2
	INDONESIA:2 IRAN:4 IRAQ:4 JAPAN:2 JORDAN:4 KENYA:0 MOROCCO:0 MOZAMBIQUE:0 PERU:1 CHINA:2 ROMANIA:3
	SAUDI_ARABIA:4 VIETNAM:2 RUSSIA:3 UNITED_KINGDOM:3 UNITED_STATES:1`)

var (
	segments   = strings.Fields("AUTOMOBILE BUILDING FURNITURE HOUSEHOLD MACHINERY")
	priorities = spaced("1-URGENT 2-HIGH 3-MEDIUM 4-NOT_SPECIFIED 5-LOW")
	modes      = spaced("AIR FOB MAIL RAIL REG_AIR SHIP TRUCK")
	handovers  = spaced("COLLECT_COD DELIVER_IN_PERSON NONE TAKE_BACK_RETURN")

	typeSizes    = strings.Fields("ECONOMY LARGE MEDIUM PROMO SMALL STANDARD")
	typeFinishes = strings.Fields("ANODIZED BRUSHED BURNISHED PLATED POLISHED")
	typeMetals   = strings.Fields("BRASS COPPER NICKEL STEEL TIN")
	packSizes    = strings.Fields("JUMBO LG MED SM WRAP")
	packKinds    = strings.Fields("BAG BOX CAN CASE DRUM JAR PACK PKG")
)

// colors are 92, of which a part's name has five: one in eighteen is green.
var colors = strings.Fields(`amber apricot ash auburn azure bamboo basil beige berry birch black blond blue bone brick
	bronze brown cedar charcoal cherry chestnut cinder clay cobalt coffee copper coral cream crimson crystal cyan
	denim desert dusk ebony emerald fawn fern flame forest fuchsia garnet ginger gold granite graphite green grey
	hazel honey indigo iris iron ivory jade jasmine khaki lavender lemon lilac lime linen magenta mahogany maize maple
	marble mauve melon mint mocha moss mustard navy ochre olive onyx opal orange orchid peach pearl pink plum
	purple red rose ruby rust saffron sage sand`)

// A comment is made of sentences of these. Of its "special" … "requests" one
// order in about ninety has both, in this order, as query 13 needs.
var (
	qualities = strings.Fields("special pending unusual express quiet final bold careful silent regular even stubborn")
	things    = strings.Fields("packages requests accounts deposits orders letters parcels invoices ledgers samples notices drafts")
	deeds     = strings.Fields("rest move sleep wake travel wait arrive linger hurry drift settle gather turn stay")
	ways      = strings.Fields("slowly quickly calmly daringly boldly softly evenly finally gladly rarely")
	wheres    = spaced("above_the beyond_the near_the among_the across_the behind_the under_the along_the beside_the within_the")
)

// spaced are words in which an underscore is a space.
func spaced(text string) []string {
	list := strings.Fields(text)
	for i := range list {
		list[i] = strings.ReplaceAll(list[i], "_", " ")
	}
	return list
}

// comment is text of some length between two, cut where it must be.
func (g *gen) comment(low, high int) string {
	n := g.between(low, high)
	g.buf = g.buf[:0]
	for len(g.buf) < n {
		for _, w := range [...][]string{ways, qualities, things, deeds, wheres, qualities, things} {
			g.buf = append(append(g.buf, one(g, w)...), ' ')
		}
		g.buf[len(g.buf)-1] = '.'
		g.buf = append(g.buf, ' ')
	}
	cut := g.buf[:n]
	if cut[n-1] == ' ' {
		cut[n-1] = '.'
	}
	return string(cut)
}

// verdict puts what a customer said into a comment, somewhere.
func (g *gen) verdict(comment, second string) string {
	text := "Customer" + strings.Repeat(" ", g.between(0, 3)) + second
	at := g.between(0, max(0, len(comment)-len(text)))
	return comment[:at] + text + comment[min(len(comment), at+len(text)):]
}
