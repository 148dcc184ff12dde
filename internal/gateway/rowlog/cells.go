package rowlog

import "time"

// cells are the values of some rows as SQLite gets them: one behind the other,
// without a value of Go's for each.
type cells struct {
	texts   []byte
	sizes   []int32 // of the time and of each text, row by row; below zero: NULL
	numbers []int64 // status and the two sizes
	took    []float64
}

// noText is a size.
const noText = -1

func (c *cells) reset() {
	c.texts, c.sizes, c.numbers, c.took = c.texts[:0], c.sizes[:0], c.numbers[:0], c.took[:0]
}

// add puts a row behind the others.
func (c *cells) add(r *row, when *clock, bodies bool) {
	from := len(c.texts)
	c.texts = when.append(c.texts, r.at)
	c.sizes = append(c.sizes, int32(len(c.texts)-from))
	c.took = append(c.took, float64(r.took)/float64(time.Millisecond))
	c.numbers = append(c.numbers, int64(r.status), r.received, r.sent)
	for _, t := range r.kept(bodies) {
		if isNull(t) {
			c.sizes = append(c.sizes, noText)
			continue
		}
		c.texts = append(c.texts, t...)
		c.sizes = append(c.sizes, int32(len(t)))
	}
}

// kept are the texts of a row that are written.
func (r *row) kept(bodies bool) []string {
	if bodies {
		return r.texts[:]
	}
	return r.texts[:len(r.texts)-bodyColumns]
}

// isNull: what is not there is NULL, also the method and the path of a request
// that was refused.
func isNull(text string) bool { return text == "" }
