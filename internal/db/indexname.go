package db

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// IndexPrefix marks our own indexes, so that an undo never drops another's.
const IndexPrefix = "mltop_"

// MaxIndexName bounds a name: it must stay readable in a plan's row, and below
// what every server takes (63 bytes of PostgreSQL, 64 characters of MySQL).
const MaxIndexName = 60

// WordedName names an index after its table and columns. Where plain says that
// these words tell all of what the index is, they are the name; a name that
// was cut, or does not tell all, ends in a digest of the whole: different
// indexes have different names.
func (ix Index) WordedName(plain bool, whole string) string {
	parts := []string{ix.Table}
	for _, c := range ix.Columns {
		parts = append(parts, c.Name+c.Expr)
	}
	name := IndexPrefix + strings.Join(append(parts, ix.Include...), "_")
	safe := wordsOnly(name)
	if plain && safe == name && len(safe) <= MaxIndexName {
		return safe
	}
	sum := sha256.Sum256([]byte(whole))
	digest := "_" + hex.EncodeToString(sum[:4])
	return strings.TrimRight(safe[:min(len(safe), MaxIndexName-len(digest))], "_") + digest
}

// NameTells reports whether an object is an index of ours whose name ends in
// the digest of its whole definition: what is called so is what we made, or
// began to make, in whatever words the server keeps it.
func (o Object) NameTells() bool {
	at := strings.LastIndexByte(o.Name, '_')
	if o.Kind != ObjectIndex || at < 0 || !strings.HasPrefix(o.Name, IndexPrefix) {
		return false
	}
	sum, err := hex.DecodeString(o.Name[at+1:])
	return err == nil && len(sum) == 4
}

// wordsOnly replaces everything that would need quotes.
func wordsOnly(s string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			r = '_'
		}
		if r != '_' || last != '_' {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}
