// Package wire holds the JSON types that two parts of mltop exchange, or that
// one writes and a later one reads.
package wire
