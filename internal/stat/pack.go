package stat

import (
	"encoding/binary"
	"errors"
	"math"
)

var errPacked = errors.New("packed sketch is cut short")

// AppendPacked appends s to b in a compact form that MergePacked reads: two
// bytes a bucket and a short head. The least and the largest value lose what
// a float32 cannot hold.
func (s *Sketch) AppendPacked(b []byte) []byte {
	if s == nil || s.seen() {
		return s.appendSeen(b, 0)
	}
	b = s.appendSeen(b, 1)
	return appendFloat64(binary.AppendUvarint(b, s.unseen), s.unseenSum)
}

// appendSeen appends what is known of the values that were seen, with a mark
// in the lowest bit of their number.
func (s *Sketch) appendSeen(b []byte, mark uint64) []byte {
	if s == nil {
		return append(b, 0)
	}
	b = binary.AppendUvarint(b, s.count<<1|mark)
	switch s.count {
	case 0:
		return b
	case 1:
		return appendFloat64(b, s.sum)
	}
	b = appendFloat64(b, s.sum)
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(float32(s.min)))
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(float32(s.max)))
	b = binary.AppendUvarint(b, s.zero)
	b = binary.AppendUvarint(b, uint64(len(s.bins)))
	last := int16(0)
	for _, x := range s.bins {
		b = binary.AppendVarint(b, int64(x.key)-int64(last))
		b = binary.AppendUvarint(b, uint64(x.n))
		last = x.key
	}
	return b
}

func appendFloat64(b []byte, v float64) []byte {
	return binary.BigEndian.AppendUint64(b, math.Float64bits(v))
}

// MergePacked adds the packed sketch at the head of b and answers what is
// left of b.
func (s *Sketch) MergePacked(b []byte) ([]byte, error) {
	r := reader{b: b}
	head := r.uvarint()
	switch n := head >> 1; {
	case r.bad || n == 0:
	case n == 1:
		if v := r.float64(); !r.bad {
			s.Add(v)
		}
	default:
		s.mergeHead(&r, n)
		s.mergeTail(&r)
	}
	if head&1 == 1 {
		if n, sum := r.uvarint(), r.float64(); !r.bad {
			s.AddTotal(n, sum)
		}
	}
	if r.bad {
		return nil, errPacked
	}
	return r.b, nil
}

func (s *Sketch) mergeHead(r *reader, n uint64) {
	sum, lo, hi := r.float64(), r.float32(), r.float32()
	zero := r.uvarint()
	if r.bad {
		return
	}
	if s.count == 0 || lo < s.min {
		s.min = lo
	}
	if s.count == 0 || hi > s.max {
		s.max = hi
	}
	s.count, s.sum, s.zero = s.count+n, s.sum+sum, s.zero+zero
}

func (s *Sketch) mergeTail(r *reader) {
	n := r.uvarint()
	if s.bins == nil && !r.bad {
		s.bins = make([]bin, 0, min(n, uint64(len(r.b))))
	}
	key := int64(0)
	for i := uint64(0); i < n && !r.bad; i++ {
		key += r.varint()
		if c := r.uvarint(); !r.bad {
			s.add(int16(key), uint32(c))
		}
	}
}

// A reader takes numbers from the head of b; once short, it is bad for good.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n <= 0 || n > len(r.b) {
		r.bad = true
		return make([]byte, 8)
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.take(n)
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	r.take(n)
	return v
}

func (r *reader) float64() float64 {
	return math.Float64frombits(binary.BigEndian.Uint64(r.take(8)))
}

func (r *reader) float32() float64 {
	return float64(math.Float32frombits(binary.BigEndian.Uint32(r.take(4))))
}
