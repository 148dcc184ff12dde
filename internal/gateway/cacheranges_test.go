package gateway

import (
	"strings"
	"testing"
)

func TestPartsOfWhatIsKept(t *testing.T) {
	const kept = `GET -> 200 | Cache-Control: max-age=60 | ETag: "x" | Last-Modified: {-100} | Date: {0} | Content-Type: text/x => miss | 200 | body=` + tenBytes
	const old = `GET -> 200 | Cache-Control: max-age=60 | Age: 60 | ETag: "x" => miss | 200`
	part := func(ask string) string { return "GET | Range: " + ask + " => hit | 206 | " }
	whole := func(ask string) string { return "GET | " + ask + " => hit | 200 | !Content-Range | body=" + tenBytes }
	rows := []cacheRow{
		{"a part from the middle", []string{kept, part("bytes=2-4") + "body=234 | Content-Range: bytes 2-4/10 | Content-Length: 3 | ETag: \"x\" | Content-Type: text/x | Cache-Control: max-age=60"}},
		{"the rest from somewhere", []string{kept, part("bytes=7-") + "body=789 | Content-Range: bytes 7-9/10"}},
		{"the last bytes", []string{kept, part("bytes=-2") + "body=89 | Content-Range: bytes 8-9/10"}},
		{"more last bytes than there are", []string{kept, part("bytes=-99") + "body=" + tenBytes + " | Content-Range: bytes 0-9/10"}},
		{"beyond the end", []string{kept, part("bytes=8-99999999999999999999999") + "body=89 | Content-Range: bytes 8-9/10"}},
		{"the unit in capitals", []string{kept, part("BYTES=0-0") + "body=0"}},
		{"from behind the end", []string{kept, "GET | Range: bytes=10- => hit | 416 | Content-Range: bytes */10 | Cache-Control: no-store"}},
		{"no last bytes at all", []string{kept, "GET | Range: bytes=-0 => hit | 416 | Content-Range: bytes */10"}},
		{"several parts: all of it", []string{kept, whole("Range: bytes=0-1,4-5")}},
		{"a part that ends before it begins", []string{kept, whole("Range: bytes=4-2")}},
		{"a unit that nobody knows", []string{kept, whole("Range: lines=0-1")}},
		{"no range at all", []string{kept, whole("Range: bytes=")}},
		{"two fields", []string{kept, whole("Range: bytes=0-1 | Range: bytes=2-3")}},
		{"HEAD knows no parts", []string{kept, "HEAD | Range: bytes=0-1 => hit | 200 | Content-Length: 10"}},
		{"the client has the same", []string{kept, part(`bytes=0-1 | If-Range: "x"`) + "body=01"}},
		{"the client has another", []string{kept, whole(`Range: bytes=0-1 | If-Range: "y"`)}},
		{"the client's name is weak", []string{kept, whole(`Range: bytes=0-1 | If-Range: W/"x"`)}},
		{"both names are weak", []string{`GET -> 200 | Cache-Control: max-age=60 | ETag: W/"x" => miss`, whole(`Range: bytes=0-1 | If-Range: W/"x"`)}},
		{"the client's date is the same", []string{kept, part("bytes=0-1 | If-Range: {-100}") + "206"}},
		{"the client's date is a later one", []string{kept, whole("Range: bytes=0-1 | If-Range: {-50}")}},
		{"the date may have seen two answers", []string{"GET -> 200 | Cache-Control: max-age=60 | Last-Modified: {0} | Date: {0} => miss", whole("Range: bytes=0-1 | If-Range: {0}")}},
		{"If-Range without a range", []string{kept, whole(`If-Range: "x"`)}},
		{"not modified comes before parts", []string{kept, `GET | Range: bytes=0-1 | If-None-Match: "x" => hit | 304 | !Content-Range`}},
		{"of an answer that is not found there are no parts", []string{"GET -> 404 | Cache-Control: max-age=60 => miss", "GET | Range: bytes=0-1 => hit | 404 | body=" + tenBytes}},
		{"of nothing there are no parts", []string{"GET -> 200 | Cache-Control: max-age=60 | body= => miss", "GET | Range: bytes=0- => hit | 200 | body="}},
		{"of chunks that are kept", []string{"GET -> 200 | Cache-Control: max-age=60 | Transfer-Encoding: chunked | body=a\r\n" + tenBytes + "\r\n0\r\n\r\n => miss", part("bytes=9-") + "body=9 | Content-Range: bytes 9-9/10"}},
		{"what is not kept is asked for as it is, and not kept", []string{
			"GET | Range: bytes=0-1 -> 206 | Cache-Control: max-age=60 | Content-Range: bytes 0-1/10 | body=01 => miss | 206 | body=01 | ^Range: bytes=0-1",
			"GET -> 200 | Cache-Control: max-age=60 => miss | 200 | body=" + tenBytes,
		}},
		{"the same, where the origin knows no parts", []string{"GET | Range: bytes=0-1 -> 200 | Cache-Control: max-age=60 => miss | 200 | body=" + tenBytes + " | ^Range", "GET => miss"}},
		{"a part that is said to be all of it is not kept", []string{"GET -> 206 | Cache-Control: max-age=60 | Content-Range: bytes 0-9/10 => miss", "GET => miss"}},
		{"of what is old, and still good", []string{old, `GET | Range: bytes=2-3 -> 304 | Cache-Control: max-age=60 | ETag: "x" => checked | 206 | body=23 | ^!Range | ^If-None-Match: "x"`, part("bytes=4-5") + "body=45"}},
		{"of what is old, and another now", []string{old, `GET | Range: bytes=2-3 | If-Range: "y" -> 200 | Cache-Control: max-age=60 | ETag: "y" | body=abcdef => checked | 206 | body=cd | Content-Range: bytes 2-3/6 | ^!If-Range`, "GET => hit | body=abcdef"}},
		{"of what is old, and gone now", []string{old, "GET | Range: bytes=2-3 -> 404 | body=gone => checked | 404 | body=gone"}},
		{"of what is old, and may not be kept now", []string{old, "GET | Range: bytes=2-3 -> 200 | Cache-Control: no-store | body=abcdef => checked | 200 | body=abcdef"}},
		{"of what is old and without a name", []string{"GET -> 200 | Cache-Control: max-age=60, stale-if-error=60 | Age: 60 => miss", "GET | Range: bytes=0-1 -> 206 | Content-Range: bytes 0-1/10 | body=ab => miss | 206 | body=ab | ^Range"}},
		{"of what is old, while the origin fails", []string{`GET -> 200 | Cache-Control: max-age=60, stale-if-error=600 | Age: 60 | ETag: "x" => miss`, "GET | Range: bytes=0-1 -> 503 => checked | 206 | body=01"}},
		{"only what is kept is wanted, and nothing is", []string{"GET | Range: bytes=0-1 | Cache-Control: only-if-cached => 504"}},
		{"conditions that no cache may judge go on", []string{kept, `GET | Range: bytes=0-1 | If-Match: "x" -> 206 | Content-Range: bytes 0-1/10 | body=01 => miss | 206 | ^Range | ^If-Match: "x"`}},
	}
	playAll(t, oneOrigin, rows)
}

// A part is of the bytes that are kept, not of those that compression makes.
func TestPartsAreNotCompressed(t *testing.T) {
	body := strings.Repeat("0123456789", 500)
	playAll(t, func(url string) Config {
		cfg := cachingBefore(url)
		cfg.Compress.On = true
		return cfg
	}, []cacheRow{{"a part of what would be compressed", []string{
		`GET -> 200 | Cache-Control: max-age=60 | ETag: "x" | Content-Type: text/plain | body=` + body + " => miss | body=" + body,
		"GET | Accept-Encoding: gzip => hit | 200 | Content-Encoding: gzip | ETag: W/\"x\" | Vary: Accept-Encoding",
		`GET | Accept-Encoding: gzip | Range: bytes=11-13 => hit | 206 | !Content-Encoding | ETag: "x" | Vary: Accept-Encoding | body=123`,
		`GET | Accept-Encoding: gzip | Range: bytes=11-13 | If-Range: W/"x" => hit | 200 | Content-Encoding: gzip`,
	}}})
}
