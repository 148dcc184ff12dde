package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A cacheRow is what clients ask in turn, what the origin has to say to it, and
// what has to come of it:
//
//	GET /b | Field: value -> 200 | Field: value | body=text => miss | 200 | Field: value
//
// The path is /, the answer that of the turn before, and its body tenBytes,
// where nothing else is said. {60} and {-60} are dates, so many seconds from
// the first turn on.
//
// The outcome is hit (the origin is not asked), miss (it is, for all of it),
// checked (it is asked whether what is kept is still good), or a status that
// the gateway answers by itself. Behind it stand a status, body=text, fields
// that the client gets (! in front: that it does not get; a name alone: one
// with any value), and ^ fields that the origin gets.
type cacheRow struct {
	name  string
	turns []string
}

const tenBytes = "0123456789"

var datePlace = regexp.MustCompile(`\{(-?\d+)\}`)

// inDates puts dates in, from one time for all turns.
func inDates(text string, now time.Time) string {
	return datePlace.ReplaceAllStringFunc(text, func(m string) string {
		n, _ := strconv.Atoi(m[1 : len(m)-1])
		return now.UTC().Add(time.Duration(n) * time.Second).Format(http.TimeFormat)
	})
}

// A scripted is an origin that says, byte for byte, what it is told to.
type scripted struct {
	net.Listener
	mu     sync.Mutex
	answer string
	asked  []*http.Request
}

func newScripted(t *testing.T) *scripted {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &scripted{Listener: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	t.Cleanup(func() { l.Close() })
	return s
}

func (s *scripted) serve(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	for in := bufio.NewReader(c); ; {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		io.Copy(io.Discard, r.Body)
		s.mu.Lock()
		s.asked = append(s.asked, r)
		text := s.answer
		s.mu.Unlock()
		if r.Method == "HEAD" {
			head, _, _ := strings.Cut(text, "\r\n\r\n")
			text = head + "\r\n\r\n"
		}
		io.WriteString(c, text)
		if strings.Contains(text, "Connection: close") {
			return
		}
	}
}

// begin takes the next answer, and forgets what was asked.
func (s *scripted) begin(answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = nil
	if answer != "" {
		s.answer = answer
	}
}

func (s *scripted) heard() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// rawAnswer writes an answer out: STATUS | FIELD | …
func rawAnswer(text string) string {
	if text == "" {
		return ""
	}
	parts := strings.Split(text, " | ")
	body, head, length := tenBytes, "HTTP/1.1 "+parts[0]+" Said\r\n", true
	for _, p := range parts[1:] {
		if b, ok := strings.CutPrefix(p, "body="); ok {
			body = b
			continue
		}
		if p == "unsized" {
			length = false
			continue
		}
		length = length && !strings.HasPrefix(p, "Content-Length") && !strings.HasPrefix(p, "Transfer-Encoding")
		head += p + "\r\n"
	}
	switch {
	case parts[0] == "304" || parts[0] == "204":
		return head + "\r\n"
	case length:
		head += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	return head + "\r\n" + body
}

// rawQuestion writes a request out: METHOD PATH | FIELD | …
func rawQuestion(text, base string) string {
	parts := strings.Split(text, " | ")
	method, path, _ := strings.Cut(parts[0], " ")
	host := "a"
	head := ""
	for _, p := range parts[1:] {
		if h, ok := strings.CutPrefix(p, "Host: "); ok {
			host = h
			continue
		}
		head += p + "\r\n"
	}
	return method + " " + base + strings.ReplaceAll(path, "BASE", base) + " HTTP/1.1\r\nHost: " + host + "\r\n" + head + "\r\n"
}

// play goes through a row; at is where it stops being as it should.
func (row *cacheRow) play(t *testing.T, s *scripted, address, base string) {
	t.Helper()
	now := time.Now()
	for i, turn := range row.turns {
		turn = inDates(turn, now)
		said, want, _ := strings.Cut(turn, " => ")
		question, answer, _ := strings.Cut(said, " -> ")
		s.begin(rawAnswer(strings.ReplaceAll(answer, "BASE", base)))
		r, body := ask(t, address, rawQuestion(question, base))
		if wrong := verdict(strings.Split(strings.ReplaceAll(want, "BASE", base), " | "), r, body, s.heard()); wrong != "" {
			t.Errorf("turn %d, %s:\n%s; got %d %q with %v; the origin heard %d requests", i+1, turn, wrong, r.StatusCode, body, r.Header, len(s.heard()))
			return
		}
	}
}

// verdict is "" where all is as it should be.
func verdict(want []string, r replied, body string, heard []*http.Request) string {
	if wrong := judgeWay(want[0], r, heard); wrong != "" {
		return wrong
	}
	for _, w := range want[1:] {
		if wrong := judgePart(w, r, body, heard); wrong != "" {
			return wrong
		}
	}
	return ""
}

// judgeWay judges where an answer came from, and that it says so.
func judgeWay(way string, r replied, heard []*http.Request) string {
	note := said(r)
	asks := len(heard)
	checks := asks > 0 && (heard[0].Header.Get("If-None-Match") != "" || heard[0].Header.Get("If-Modified-Since") != "")
	_, aged := r.Header["Age"]
	switch {
	case len(r.Header["Cache-Status"]) != 1:
		return "want one Cache-Status"
	case way == "hit" && (asks > 0 || !strings.HasPrefix(note, "hit") || !aged && r.StatusCode != 416):
		return "want a hit, with Age"
	case way == "miss" && (asks != 1 || checks || !strings.HasPrefix(note, "fwd=")):
		return "want the origin to be asked for all of it"
	case way == "checked" && (asks < 1 || !checks || !strings.HasPrefix(note, "fwd=")):
		return "want the origin to be asked whether it is still good"
	case way[0] >= '0' && way[0] <= '9' && (asks > 0 || strconv.Itoa(r.StatusCode) != way):
		return "want the gateway's own " + way
	}
	return ""
}

// judgePart judges one thing that is said of an answer.
func judgePart(w string, r replied, body string, heard []*http.Request) string {
	header := r.Header
	if rest, ok := strings.CutPrefix(w, "^"); ok {
		if len(heard) == 0 {
			return "want the origin to be asked"
		}
		w, header = rest, heard[0].Header
	}
	w, not := strings.CutPrefix(w, "!")
	name, value, valued := strings.Cut(w, ": ")
	if text, ok := strings.CutPrefix(w, "body="); ok {
		if body != text {
			return "want the body " + text
		}
		return ""
	}
	if _, err := strconv.Atoi(w); err == nil {
		if strconv.Itoa(r.StatusCode) != w {
			return "want the status " + w
		}
		return ""
	}
	got, there := header[http.CanonicalHeaderKey(name)]
	if has := there && (!valued || strings.Join(got, ", ") == value); has == !not {
		return ""
	}
	return fmt.Sprintf("want %s, which is %q", w, got)
}

// playAll goes through rows before one gateway; each has a path of its own.
func playAll(t *testing.T, cfg func(url string) Config, rows []cacheRow) {
	t.Helper()
	s := newScripted(t)
	_, address := started(t, cfg("http://"+s.Addr().String()))
	for i, row := range rows {
		t.Run(row.name, func(t *testing.T) { row.play(t, s, address, fmt.Sprintf("/r%d", i)) })
	}
}

func oneOrigin(url string) Config { return cachingBefore(url) }
