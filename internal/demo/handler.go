package demo

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"time"
)

// handler is the shop on HTTP, every request logged.
func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	for r := range routes {
		mux.Handle(r.name(), s.logged(r))
	}
	return mux
}

// logged answers one route, and then, as MockLoop does, writes the request
// down before the answer leaves: what the log costs is in no row of it.
func (s *shop) logged(r routeID) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		start := time.Now()
		ctx := withRoute(req.Context(), r.name())
		status, body, err := s.answer(ctx, parseCall(r, req), req.URL.Query().Get("q"))
		if err != nil {
			status, body = http.StatusInternalServerError, map[string]string{"error": err.Error()}
		}
		text, _ := json.Marshal(body)
		took := time.Since(start)
		// A client that has gone is logged like any other.
		if err := s.log(context.WithoutCancel(ctx), req, start, took, status, len(text)); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(text)
	})
}

// parseCall reads the call out of a request; an id that is no number is one
// that does not exist.
func parseCall(r routeID, req *http.Request) call {
	text := req.PathValue("id")
	if r == routeCheckout {
		text = req.URL.Query().Get("customer")
	}
	id, _ := strconv.Atoi(text)
	return call{r, id}
}

// log writes one row.
func (s *shop) log(ctx context.Context, req *http.Request, start time.Time, took time.Duration, status, size int) error {
	host, port, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		host = req.RemoteAddr
	}
	_, err = s.db.ExecContext(ctx, s.dialect.say(s.dialect.insertLog), s.dialect.logRow(entry{
		at: start, took: took, method: req.Method, path: req.URL.Path, status: status, size: size,
		query: queryJSON(req), headers: headersJSON(req), host: host, port: port, agent: req.UserAgent(),
	})...)
	return err
}

// headersJSON keeps of the headers what cannot be a secret.
func headersJSON(req *http.Request) string {
	text, _ := json.Marshal(map[string]string{"accept": req.Header.Get("Accept")})
	return string(text)
}

func queryJSON(req *http.Request) string {
	values := map[string]string{}
	for name, all := range req.URL.Query() {
		values[name] = all[0]
	}
	text, _ := json.Marshal(values)
	return string(text)
}
