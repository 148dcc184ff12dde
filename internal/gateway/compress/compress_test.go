package compress

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func TestWhatAClientLikesBest(t *testing.T) {
	for _, row := range []struct {
		name, accepts string
		want          Coding
		plain         bool
	}{
		{"a browser", "gzip, deflate, br, zstd", Zstd, true},
		{"an older one", "gzip, deflate, br", Gzip, true},
		{"by its weights", "zstd;q=0.5, gzip;q=0.8", Gzip, true},
		{"it does not want zstd", "zstd;q=0, *", Gzip, true},
		{"anything", "*", Zstd, true},
		{"nothing but what nobody has", "br", None, true},
		{"an old name", "x-gzip", Gzip, true},
		{"plain is liked better", "gzip;q=0.5, identity", None, true},
		{"… or as well: then it is compressed", "gzip, identity", Gzip, true},
		{"plain is refused", "gzip, identity;q=0", Gzip, false},
		{"plain is refused with all the rest", "gzip, *;q=0", Gzip, false},
		{"… but is named itself", "identity, *;q=0", None, true},
		{"all is refused", "*;q=0", None, false},
		{"capitals and blanks", " GZIP ; Q=1 ", Gzip, true},
		{"a weight that is none", "zstd;q=high, gzip;q=0.1", Gzip, true},
		{"a weight above 1", "zstd;q=7", None, true},
		{"a weight that is not a number", "zstd;q=NaN", None, true},
		{"nothing", "", None, true},
		{"commas", ",,,", None, true},
	} {
		got, plain := choose([][]byte{[]byte(row.accepts)}, []Coding{Zstd, Gzip})
		if got != row.want || plain != row.plain {
			t.Errorf("%s: got %q, plain %v; want %q, plain %v", row.name, got, plain, row.want, row.plain)
		}
	}
	if got, plain := choose(nil, []Coding{Zstd, Gzip}); got != None || !plain {
		t.Errorf("who says nothing: got %q, plain %v", got, plain)
	}
}

func fieldsOf(text string) Fields {
	return func(yield func([]byte, []byte) bool) {
		for line := range strings.Lines(text) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !yield([]byte(name), []byte(value)) {
				return
			}
		}
	}
}

// An asking is a request as it comes.
type asking struct {
	Method           string
	old              bool // HTTP/1.0
	Accepts, Control [][]byte
}

func TestWhatIsCompressed(t *testing.T) {
	const html = "Content-Type: text/html; charset=utf-8\n"
	for _, row := range []struct {
		name   string
		q      asking
		status int
		length int64
		fields string
		want   Verdict
	}{
		{"a page", asking{}, 200, 5000, html, Verdict{Zstd, true}},
		{"a page of unknown length", asking{}, 200, -1, html, Verdict{Zstd, true}},
		{"an error page", asking{}, 500, 5000, html, Verdict{Zstd, true}},
		{"JSON of a kind", asking{}, 200, 5000, "content-type: application/problem+json\n", Verdict{Zstd, true}},
		{"a short page varies all the same", asking{}, 200, 100, html, Verdict{None, true}},
		{"a short page to who refuses it plain", asking{Accepts: [][]byte{[]byte("gzip, identity;q=0")}}, 200, 100, html, Verdict{Gzip, true}},
		{"an empty page", asking{Accepts: [][]byte{[]byte("gzip, identity;q=0")}}, 200, 0, html, Verdict{None, true}},
		{"to who says nothing", asking{Accepts: [][]byte{}}, 200, 5000, html, Verdict{None, true}},
		{"an image", asking{}, 200, 5000, "Content-Type: image/png\n", Verdict{}},
		{"no type", asking{}, 200, 5000, "", Verdict{}},
		{"compressed already", asking{}, 200, 5000, html + "Content-Encoding: br\n", Verdict{}},
		{"said to be plain", asking{}, 200, 5000, html + "Content-Encoding: identity\n", Verdict{Zstd, true}},
		{"a part", asking{}, 206, 5000, html, Verdict{}},
		{"HEAD", asking{Method: "HEAD"}, 200, 5000, html, Verdict{None, true}},
		{"not modified", asking{}, 304, -1, html, Verdict{}},
		{"HTTP/1.0", asking{old: true}, 200, 5000, html, Verdict{None, true}},
		{"an answer that nobody may change", asking{}, 200, 5000, html + "Cache-Control: max-age=3, No-Transform\n", Verdict{}},
		{"a client that wants nothing changed", asking{Control: [][]byte{[]byte("no-transform")}}, 200, 5000, html, Verdict{None, true}},
		{"a sum of its bytes", asking{}, 200, 5000, html + "Content-Digest: sha-256=:x:\n", Verdict{}},
		{"an event stream", asking{}, 200, -1, "Content-Type: text/event-stream\n", Verdict{}},
		{"it varies already", asking{}, 200, 5000, html + "Vary: Cookie, accept-encoding\n", Verdict{Zstd, false}},
		{"it varies on everything", asking{}, 200, 5000, html + "Vary: *\n", Verdict{Zstd, false}},
		{"it varies on something else", asking{}, 200, 5000, html + "Vary: X-Accept-Encoding\n", Verdict{Zstd, true}},
	} {
		rule := Defaults()
		rule.On = true
		if row.q.Accepts == nil {
			row.q.Accepts = [][]byte{[]byte("gzip, zstd")}
		}
		minor := byte(1)
		if row.q.old {
			minor = 0
		}
		q := rule.Ask(row.q.Method, minor, row.q.Accepts, row.q.Control)
		if got := rule.Judge(&q, row.status, row.length, fieldsOf(row.fields)); got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
	}
	off := Defaults()
	q := off.Ask("GET", 1, [][]byte{[]byte("gzip")}, nil)
	if got := off.Judge(&q, 200, 5000, fieldsOf(html)); got != (Verdict{}) {
		t.Errorf("where it is off: got %+v", got)
	}
}

// What was flushed can be read before the end, and an encoder that is used
// again knows nothing of what was before.
func TestWhatWasFlushedCanBeReadAtOnce(t *testing.T) {
	var pool Encoders
	for _, coding := range []Coding{Gzip, Zstd, Gzip, Zstd} {
		var out bytes.Buffer
		e, err := pool.Get(coding, &out)
		if err != nil {
			t.Fatal(err)
		}
		if e.Flush(); out.Len() != 0 {
			t.Errorf("%s: nothing became %d bytes", coding, out.Len())
		}
		text := strings.Repeat("hello ", 1000)
		e.Write([]byte(text))
		if err := e.Flush(); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(text))
		if _, err := io.ReadFull(reader(t, coding, bytes.NewReader(out.Bytes())), got); err != nil || string(got) != text {
			t.Errorf("%s: what was flushed reads %.20q (%v)", coding, got, err)
		}
		e.Write([]byte("end"))
		e.Close()
		all, err := io.ReadAll(reader(t, coding, &out))
		if string(all) != text+"end" || err != nil || e.Read != int64(len(all)) || e.Wrote >= e.Read/10 {
			t.Errorf("%s: %d bytes back of %d, %d written (%v)", coding, len(all), e.Read, e.Wrote, err)
		}
		pool.Put(e)
	}
}

func reader(t *testing.T, c Coding, from io.Reader) io.Reader {
	t.Helper()
	if c == Zstd {
		r, err := zstd.NewReader(from, zstd.WithDecoderMaxWindow(8<<20))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		return r
	}
	r, err := gzip.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func FuzzChoose(f *testing.F) {
	f.Add("gzip;q=0.5, *;q=0")
	f.Fuzz(func(t *testing.T, text string) {
		got, plain := choose([][]byte{[]byte(text)}, []Coding{Zstd, Gzip})
		if got != None && got != Zstd && got != Gzip {
			t.Errorf("%q: chose %q", text, got)
		}
		if !strings.Contains(text, "0") && !plain {
			t.Errorf("%q: refuses plain without a 0", text)
		}
	})
}
