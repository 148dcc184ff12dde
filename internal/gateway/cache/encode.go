package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// layout is the first byte of what Redis holds: another one is not read.
const layout = 2

// sums are those of Castagnoli, which processors reckon themselves.
var sums = crc32.MakeTable(crc32.Castagnoli)

// seal puts a sum behind a value: one that was cut off or changed is not read.
func seal(b []byte) []byte { return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, sums)) }

// unseal takes it off. nil: it is another one.
func unseal(b []byte) []byte {
	n := len(b) - 4
	if n < 0 || binary.BigEndian.Uint32(b[n:]) != crc32.Checksum(b[:n], sums) {
		return nil
	}
	return b[:n:n]
}

var errLayout = errors.New("it is of another layout")

// encode writes a node.
func (n *node) encode() []byte {
	b := binary.BigEndian.AppendUint64([]byte{layout}, n.generation)
	b = appendTime(b, n.until)
	b = n.id.encode(b)
	b = binary.BigEndian.AppendUint32(b, uint32(len(n.vary)))
	for _, name := range n.vary {
		b = appendPart(b, []byte(name))
	}
	return seal(b)
}

// encode writes an entry.
func (e *Entry) encode() []byte {
	b := make([]byte, 0, len(e.Head)+len(e.Body)+e.id.size()+128)
	b = binary.BigEndian.AppendUint32(append(b, layout), uint32(e.Status))
	b = appendTime(appendTime(b, e.received), e.until)
	for _, d := range []time.Duration{e.age, e.lifetime, e.while, e.ifError} {
		b = binary.BigEndian.AppendUint64(b, uint64(d))
	}
	flags := byte(0)
	for i, on := range []bool{e.always, e.authorized, e.explicit, e.strict} {
		if on {
			flags |= 1 << i
		}
	}
	b = e.id.encode(append(append(b, flags), e.key[:]...))
	return seal(appendPart(appendPart(appendPart(b, []byte(e.Reason)), e.Head), e.Body))
}

func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixNano()))
}

func (id *ID) encode(b []byte) []byte {
	for _, s := range []string{id.Scheme, id.Host, id.Path, id.Query, id.Clean} {
		b = appendPart(b, []byte(s))
	}
	return b
}

// A decoder reads what encode wrote. What is too short makes it fail, and
// then everything is empty.
type decoder struct {
	rest   []byte
	failed bool
}

func newDecoder(b []byte) *decoder {
	d := &decoder{rest: unseal(b)}
	if v := d.bytes(1); d.failed || v[0] != layout {
		d.failed = true
	}
	return d
}

func (d *decoder) bytes(n int) []byte {
	if d.failed || n < 0 || n > len(d.rest) {
		d.failed, d.rest = true, nil
		return nil
	}
	v := d.rest[:n:n]
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) number() uint64 {
	if v := d.bytes(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (d *decoder) short() int {
	if v := d.bytes(4); v != nil {
		return int(binary.BigEndian.Uint32(v))
	}
	return 0
}

func (d *decoder) part() []byte            { return d.bytes(d.short()) }
func (d *decoder) text() string            { return string(d.part()) }
func (d *decoder) time() time.Time         { return time.Unix(0, int64(d.number())) }
func (d *decoder) duration() time.Duration { return time.Duration(d.number()) }

func (d *decoder) id() ID {
	return ID{Scheme: d.text(), Host: d.text(), Path: d.text(), Query: d.text(), Clean: d.text()}
}

// err is what a whole value must not leave behind.
func (d *decoder) err() error {
	if d.failed || len(d.rest) > 0 {
		return errLayout
	}
	return nil
}

// decodeNode reads a node, if it is the one of a key.
func decodeNode(b []byte, uri Key) (*node, error) {
	d := newDecoder(b)
	n := &node{generation: d.number(), until: d.time(), id: d.id()}
	names := d.short()
	if names > mostVaried {
		return nil, errLayout
	}
	for range names {
		n.vary = append(n.vary, d.text())
	}
	if err := d.err(); err != nil || n.id.key() != uri {
		return nil, errLayout
	}
	return n, nil
}

// decodeEntry reads an entry, if it is the one of a key. Its bytes stay in
// use.
func decodeEntry(b []byte, key Key) (*Entry, error) {
	d := newDecoder(b)
	e := &Entry{Status: d.short(), received: d.time(), until: d.time()}
	e.age, e.lifetime, e.while, e.ifError = d.duration(), d.duration(), d.duration(), d.duration()
	if f := d.bytes(1); f != nil {
		d.failed = d.failed || f[0] > 15
		e.always, e.authorized, e.explicit, e.strict = f[0]&1 > 0, f[0]&2 > 0, f[0]&4 > 0, f[0]&8 > 0
	}
	copy(e.key[:], d.bytes(len(e.key)))
	e.id, e.Reason, e.Head, e.Body = d.id(), d.text(), d.part(), d.part()
	e.Fields = linesOf(e.Head)
	if err := d.err(); err != nil || e.key != key || !e.sound() {
		return nil, errLayout
	}
	return e, nil
}

// sound reports whether an entry can go out as it is: whoever else writes to
// Redis ends no head of ours early, and has no second answer behind it.
func (e *Entry) sound() bool {
	if !Keepable(e.Status) || hasControl([]byte(e.Reason)) {
		return false
	}
	var room [nameRoom]byte
	rest := e.Head
	for _, f := range e.Fields {
		n := len(f.Name) + len(": ") + len(f.Value) + len("\r\n")
		if len(f.Name) == 0 || bytes.ContainsAny(f.Name, " :") || hasControl(f.Name) || hasControl(f.Value) || leftOut(string(lowered(&room, f.Name))) || n > len(rest) {
			return false
		}
		rest = rest[n:]
	}
	return len(rest) == 0
}

func hasControl(v []byte) bool {
	for _, c := range v {
		if c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}
