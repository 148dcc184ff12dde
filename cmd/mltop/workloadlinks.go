package main

import (
	"mltop/advisor"
	"mltop/collectors"
)

// putLinks keeps, as far as it is sure, how often a request runs a statement.
func (w *workload) putLinks(l *collectors.Links) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.links = map[string]collectors.Link{}
	for _, link := range l.List {
		if link.Sure && link.CallsPerRequest > w.links[link.Fingerprint].CallsPerRequest {
			w.links[link.Fingerprint] = link
		}
	}
}

// linked tells a statement how often a request runs it.
func (w *workload) linked(list []advisor.Statement) {
	for i := range list {
		if l, ok := w.links[list[i].Fingerprint]; ok {
			list[i].CallsPerRequest, list[i].CallsHow = l.CallsPerRequest, l.Route+", "+l.How
		}
	}
}
