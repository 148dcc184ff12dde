package demo

import (
	"net/http"
	"time"
)

// late has every answer wait before it is looked for: an instance on a bad
// machine, behind the gateway. It is no part of the shop.
func late(next http.Handler, wait time.Duration) http.Handler {
	if wait <= 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(wait):
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}
