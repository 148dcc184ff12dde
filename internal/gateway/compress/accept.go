// Package compress decides whether an answer is compressed for a client, and
// does it.
package compress

import (
	"bytes"
	"strconv"
)

// A Coding is a content coding; "": none.
type Coding string

// The codings.
const (
	None Coding = ""
	Gzip Coding = "gzip"
	Zstd Coding = "zstd"
)

// choose picks the coding that a client likes best of those that are offered,
// the first of equals: RFC 9110, 12.5.3. plain says that it takes none at all
// as well.
func choose(accepts [][]byte, offers []Coding) (best Coding, plain bool) {
	if len(accepts) == 0 {
		return None, true
	}
	likes := map[string]float64{}
	for _, line := range accepts {
		for part := range bytes.SplitSeq(line, []byte(",")) {
			if name, q, ok := parsePreference(part); ok {
				likes[name] = q
			}
		}
	}
	rest, isRest := likes["*"]
	most := 0.0
	for _, c := range offers {
		q, ok := likes[string(c)]
		if !ok && isRest {
			q = rest
		}
		if q > most {
			best, most = c, q
		}
	}
	q, ok := likes["identity"]
	plain = ok && q > 0 || !ok && !(isRest && rest == 0)
	if plain && ok && q > most {
		best = None
	}
	return best, plain
}

// parsePreference reads CODING [;q=VALUE]. What is no preference counts for
// nothing.
func parsePreference(part []byte) (name string, q float64, ok bool) {
	coding, rest, weighted := bytes.Cut(part, []byte(";"))
	name = string(bytes.ToLower(bytes.TrimSpace(coding)))
	if name == "" {
		return "", 0, false
	}
	if name == "x-gzip" {
		name = string(Gzip)
	}
	if !weighted {
		return name, 1, true
	}
	value := bytes.TrimSpace(rest)
	if len(value) < 2 || value[0]|0x20 != 'q' || value[1] != '=' {
		return "", 0, false
	}
	q, err := strconv.ParseFloat(string(value[2:]), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return "", 0, false
	}
	return name, q, true
}
