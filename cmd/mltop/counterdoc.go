package main

import "mltop/collectors"

// A counterDoc is one of a server's own counters.
type counterDoc struct {
	Name  string   `json:"name"`
	Label string   `json:"label"`
	Unit  string   `json:"unit,omitempty"`
	Gauge bool     `json:"gauge"`
	Value float64  `json:"value"`
	Now   *float64 `json:"per_second"`
	Mean  *float64 `json:"mean_per_second"`
}

func counterDocs(list []collectors.CounterRate) []counterDoc {
	docs := []counterDoc{}
	for _, c := range list {
		docs = append(docs, counterDoc{c.Name, c.Label, c.Unit, c.Gauge, c.Value, c.Now, c.Mean})
	}
	return docs
}
