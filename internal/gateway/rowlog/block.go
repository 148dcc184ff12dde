package rowlog

import (
	"encoding/binary"
	"errors"
	"time"
)

// A block is what one transaction writes. Writer and number name it: the
// numbers of a writer grow, and are written in their order.
type block struct {
	writer string
	number int64
	rows   []row
}

// oldest is when the first of its requests came.
func (b *block) oldest() time.Time {
	if len(b.rows) == 0 {
		return time.Time{}
	}
	return b.rows[0].at
}

// append writes the block as the spill file keeps it.
func (b *block) append(out []byte) []byte {
	out = appendText(out, b.writer)
	out = binary.AppendVarint(out, b.number)
	out = binary.AppendUvarint(out, uint64(len(b.rows)))
	for i := range b.rows {
		r := &b.rows[i]
		for _, v := range [...]int64{r.at.UnixNano(), int64(r.took), int64(r.status), r.received, r.sent} {
			out = binary.AppendVarint(out, v)
		}
		for _, t := range r.texts {
			out = appendText(out, t)
		}
	}
	return out
}

func appendText(out []byte, s string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(s))), s...)
}

var errBlock = errors.New("a block of the spill file cannot be read")

// parseBlock reads what append wrote.
func parseBlock(text string) (block, error) {
	p := blockReader{left: text}
	b := block{writer: p.text(), number: p.varint()}
	n := p.count()
	for range n {
		r := row{at: time.Unix(0, p.varint()), took: time.Duration(p.varint()), status: int(p.varint()), received: p.varint(), sent: p.varint()}
		for i := range r.texts {
			r.texts[i] = p.text()
		}
		if p.bad {
			break
		}
		b.rows = append(b.rows, r)
	}
	if p.bad || p.left != "" || len(b.rows) == 0 {
		return block{}, errBlock
	}
	return b, nil
}

// A blockReader takes values from the front of a text.
type blockReader struct {
	left string
	bad  bool
}

func (p *blockReader) varint() int64 {
	v, n := binary.Varint([]byte(p.left[:min(len(p.left), binary.MaxVarintLen64)]))
	return take(p, v, n)
}

func (p *blockReader) count() uint64 {
	v, n := binary.Uvarint([]byte(p.left[:min(len(p.left), binary.MaxVarintLen64)]))
	return take(p, v, n)
}

func take[T any](p *blockReader, v T, n int) T {
	if n <= 0 {
		p.bad = true
		var zero T
		return zero
	}
	p.left = p.left[n:]
	return v
}

func (p *blockReader) text() string {
	n := p.count()
	if p.bad || n > uint64(len(p.left)) {
		p.bad = true
		return ""
	}
	s := p.left[:n]
	p.left = p.left[n:]
	return s
}
