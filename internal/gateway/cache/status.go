package cache

import (
	"strconv"
	"time"
)

// The name by which the cache signs in Cache-Status.
const named = "Cache-Status: mltop; "

// AppendHit writes Cache-Status of an answer that was kept: RFC 9211.
func (l *Look) AppendHit(b []byte, now time.Time) []byte {
	b = append(b, named+"hit; ttl="...)
	b = strconv.AppendInt(b, int64(l.Entry.Left(now)/time.Second), 10)
	if l.Collapsed {
		b = append(b, "; collapsed"...)
	}
	return append(append(append(b, "; detail="...), l.Level...), "\r\n"...)
}

// AppendForward writes Cache-Status of an answer that was asked for. status
// is the upstream's, 0: there is none; why says what kept it from being kept.
func (l *Look) AppendForward(b []byte, status int, why string) []byte {
	b = append(append(b, named+"fwd="...), l.forward()...)
	if status > 0 {
		b = append(b, "; fwd-status="...)
		b = strconv.AppendInt(b, int64(status), 10)
	}
	if l.Act == Fetch && why == "" {
		b = append(b, "; stored"...)
	}
	if l.Collapsed {
		b = append(b, "; collapsed=?0"...)
	}
	if why == "" {
		why = l.Why
	}
	if why != "" {
		b = append(append(append(b, `; detail="`...), why...), '"')
	}
	return append(b, "\r\n"...)
}

// forward is the reason in RFC 9211's words.
func (l *Look) forward() string {
	switch l.Act {
	case Pass:
		switch {
		case l.Why == "method":
			return "method"
		case l.Forward == "":
			return "bypass"
		}
	}
	return l.Forward
}
