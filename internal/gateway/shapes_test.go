package gateway

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// Shapes by which one server has been led past another, beyond those of the
// fields: each is refused, or reads to the upstream as it was read here.
func TestWhatTheUpstreamReceivesOfShapesThatHaveLedAstray(t *testing.T) {
	plain := "GET / HTTP/1.1\r\nHost: a\r\n" + tail + "\r\n"
	post := "POST / HTTP/1.1\r\nHost: a\r\n"
	for _, row := range []struct{ name, send, status, want string }{
		{"a length in hex", post + "Content-Length: 0x3\r\n\r\nabc", "400", ""},
		{"a length below zero", post + "Content-Length: -3\r\n\r\nabc", "400", ""},
		{"a length with a fraction", post + "Content-Length: 3.0\r\n\r\nabc", "400", ""},
		{"a length with an exponent", post + "Content-Length: 3e0\r\n\r\nabc", "400", ""},
		{"a length with a space within", post + "Content-Length: 1 0\r\n\r\n0123456789", "400", ""},
		{"a length with a comma behind", post + "Content-Length: 3,\r\n\r\nabc", "400", ""},
		{"a length behind a vertical tab", post + "Content-Length: \v3\r\n\r\nabc", "400", ""},
		{"a length in digits beyond ASCII", post + "Content-Length: \xd9\xa3\r\n\r\nabc", "400", ""},
		{"a length with zeros before it is written anew", post + "Content-Length: 0003\r\n\r\nabc", "200", post + tail + "Content-Length: 3\r\n\r\nabc"},
		{"a length between blanks is written anew", post + "Content-Length: \t 3 \t\r\n\r\nabc", "200", post + tail + "Content-Length: 3\r\n\r\nabc"},
		{"a length with a tab before the colon", post + "Content-Length\t: 3\r\n\r\nabc", "400", ""},
		{"chunked, in a list with identity", post + "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked, before another coding", post + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked, twice in one", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked with a comma behind", post + "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked with a parameter", post + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked in quotes", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", "400", ""},
		{"a coding of no name", post + "Transfer-Encoding:\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked and a length of zero", post + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked behind a CR alone", post + "X: 1\rTransfer-Encoding: chunked\r\n\r\n", "400", ""},
		{"chunked over two lines", post + "Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"lines that end in LF CR", "GET / HTTP/1.1\n\rHost: a\n\r\n\r", "400", ""},
		{"a CR more at a line's end", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "400", ""},
		{"a CR more behind the version", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "400", ""},
		{"a space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400", ""},
		{"a space first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a field before the first line's end", "GET / HTTP/1.1 Host: a\r\n\r\n", "400", ""},
		{"the first field goes on", "GET / HTTP/1.1\r\n Host: a\r\nHost: b\r\n\r\n", "400", ""},
		{"a version in small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"HTTP/0.9", "GET /\r\n\r\n", "400", ""},
		{"HTTP/0.9, by its number", "GET / HTTP/0.9\r\n\r\n", "505", ""},
		{"the beginning of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", ""},
		{"that beginning with another number", "PRI * HTTP/1.1\r\nHost: a\r\n\r\nSM\r\n\r\n", "400", ""},
		{"an absolute target of this host", "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"an absolute target with a user", "GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a target without a slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a target of an authority", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a star for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a backslash for the slash", "GET \\x HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a path with two slashes stays", "GET //b/x HTTP/1.1\r\nHost: a\r\n\r\n", "200", strings.Replace(plain, "GET / ", "GET //b/x ", 1)},
		{"a slash that is encoded stays", "GET /x%2fy HTTP/1.1\r\nHost: a\r\n\r\n", "200", strings.Replace(plain, "GET / ", "GET /x%2fy ", 1)},
		{"what is encoded twice stays", "GET /%252e%252e/x HTTP/1.1\r\nHost: a\r\n\r\n", "200", strings.Replace(plain, "GET / ", "GET /%252e%252e/x ", 1)},
		{"dots behind an encoded slash", "GET /x%2f../y HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"dots between encoded slashes", "GET /x%2f%2e%2e%2fy HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"an encoded line end", "GET /x%0d%0aHost:%20b HTTP/1.1\r\nHost: a\r\n\r\n", "200", strings.Replace(plain, "GET / ", "GET /x%0d%0aHost:%20b ", 1)},
		{"a host of blanks", "GET / HTTP/1.1\r\nHost: \t \r\n\r\n", "400", ""},
		{"a host before a tab", "GET / HTTP/1.1\r\nHost: a\tb\r\n\r\n", "400", ""},
		{"a host behind a space before the colon", "GET / HTTP/1.1\r\nHost : b\r\nHost: a\r\n\r\n", "400", ""},
		{"Connection that takes the host away", "GET / HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n", "400", ""},
		{"Connection that takes the length away", post + "Connection: content-length\r\nContent-Length: 3\r\n\r\nabc", "400", ""},
		{"Connection of commas", "GET / HTTP/1.1\r\nHost: a\r\nConnection: ,, ,\r\n\r\n", "200", plain},
		{"a WebSocket over HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "200", strings.Replace(plain, "1.1 GW", "1.0 GW", 1)},
		{"a WebSocket with a body", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\nabc", "200",
			"GET / HTTP/1.1\r\nHost: a\r\n" + tail + "Content-Length: 3\r\nConnection: close\r\n\r\nabc"},
		{"a WebSocket by another method", post + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "200", post + tail + "\r\n"},
		{"a WebSocket among others", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, websocket\r\n\r\n", "200", plain},
		{"a WebSocket that Connection does not name", "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", "200", plain},
		{"a wish to go on, over HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", "200",
			post + strings.Replace(tail, "1.1 GW", "1.0 GW", 1) + "Content-Length: 3\r\n\r\nabc"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, fine)
			_, address := started(t, before(up.url()))
			send := row.send
			if row.status == "200" {
				send = strings.Replace(send, "\r\n", "\r\nConnection: close\r\n", 1)
			}
			got := converse(t, address, send)
			if !strings.HasPrefix(got, "HTTP/1.1 "+row.status+" ") || strings.Count(got, "HTTP/1.1 ") != 1 {
				t.Errorf("the answer is %q, want one with the status %s", got, row.status)
			}
			if all := steady(strings.Join(up.all(), "|")); all != row.want {
				t.Errorf("the upstream got\n%q, want\n%q", all, row.want)
			}
		})
	}
}

// Chunks that are well formed, each in its way, are written anew in one.
func TestChunksAreWrittenAnew(t *testing.T) {
	for _, row := range []struct{ name, body, want string }{
		{"zeros before the size", "0000003\r\nabc\r\n000\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"},
		{"a size in large letters", "A\r\n0123456789\r\n0\r\n\r\n", "a\r\n0123456789\r\n0\r\n\r\n"},
		{"extensions", "3;a=\"b;c\"\r\nabc\r\n0;x\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"},
		{"trailers that claim a length", "3\r\nabc\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nHost: b\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, fine)
			_, address := started(t, before(up.url()))
			got := converse(t, address, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"+row.body)
			want := "POST / HTTP/1.1\r\nHost: a\r\n" + tail + "Transfer-Encoding: chunked\r\n\r\n" + row.want
			if all := steady(strings.Join(up.all(), "|")); all != want || !strings.HasPrefix(got, "HTTP/1.1 200 ") {
				t.Errorf("the upstream got\n%q, want\n%q; the answer is %q", all, want, got)
			}
		})
	}
}

// What an upstream sends behind its answer is no answer to whoever asks next.
func TestWhatComesBehindAnAnswerIsNobodysAnswer(t *testing.T) {
	evil := "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	for _, row := range []struct{ name, method, answer string }{
		{"a second answer", "GET", fine + evil},
		{"a body for HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n" + evil},
		{"a body for HEAD in chunks", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + evil},
		{"a body behind a 204", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 42\r\n\r\n" + evil},
		{"a body behind a 304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 42\r\n\r\n" + evil},
		{"more than the length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + evil},
		{"more than the chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + evil},
	} {
		for _, late := range []bool{false, true} {
			name := row.name
			if late {
				name += ", late"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				g, address := unhurried(t)
				ours, theirs := linked(t)
				lendConn(g, quicken(ours))
				begin, behind := row.answer, ""
				if late {
					begin, behind = strings.TrimSuffix(begin, evil), evil
				}
				go func() {
					theirs.Read(make([]byte, 4<<10))
					io.WriteString(theirs, begin)
				}()
				ask(t, address, row.method+" /first HTTP/1.1\r\nHost: a\r\n\r\n")
				if late {
					eventually(t, "the connection is kept", func() bool { return g.setup.Load().all[0].pool.count().idle == 1 })
					io.WriteString(theirs, behind)
				}
				if _, body := ask(t, address, get1("/mine")); body != "another" {
					t.Errorf("who asked next got %q", body)
				}
			})
		}
	}
}

// lendConn puts a connection into the pool that has answered before.
func lendConn(g *Gateway, c net.Conn) {
	u := &upconn{Conn: c, born: time.Now(), since: time.Now(), used: true}
	u.in.conn, u.out.conn = c, c
	p := &g.setup.Load().all[0].pool
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle, p.open = append(p.idle, u), p.open+1
}

// RFC 9110, 10.1.1: a client of HTTP/1.0 may take the word for the answer.
func TestAClientOfHTTP10IsNotToldToGoOn(t *testing.T) {
	for version, want := range map[string]bool{"1.0": false, "1.1": true} {
		var h requestHead
		if err := parseRequest(&h, []byte("POST / HTTP/"+version+"\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")); err != nil || h.expect != want {
			t.Errorf("HTTP/%s: the client is told: %v, %v; want %v", version, h.expect, err, want)
		}
	}
}
