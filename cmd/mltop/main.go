// Command mltop watches a running HTTP deployment and its SQL database, and
// tunes it.
package main

import "fmt"

func main() { fmt.Println("mltop") }
