package mysql

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A jsonValue keeps the order of an object's members: plans are read in it.
type jsonValue struct {
	members []jsonMember // of an object
	items   []jsonValue  // of an array
	text    string       // of anything else
	array   bool
}

type jsonMember struct {
	name  string
	value jsonValue
}

// maxDepth bounds what a plan may nest; the servers' own bounds are lower.
const maxDepth = 200

func parseJSON(s string) (jsonValue, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	return readJSON(d, 0)
}

func readJSON(d *json.Decoder, depth int) (jsonValue, error) {
	if depth > maxDepth {
		return jsonValue{}, errors.New("nested too deeply")
	}
	t, err := d.Token()
	if err != nil {
		return jsonValue{}, err
	}
	switch t {
	case json.Delim('{'):
		return readObject(d, depth)
	case json.Delim('['):
		return readArray(d, depth)
	case nil:
		return jsonValue{}, nil
	}
	return jsonValue{text: fmt.Sprint(t)}, nil
}

func readObject(d *json.Decoder, depth int) (jsonValue, error) {
	var v jsonValue
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return v, err
		}
		member, err := readJSON(d, depth+1)
		if err != nil {
			return v, err
		}
		v.members = append(v.members, jsonMember{fmt.Sprint(name), member})
	}
	_, err := d.Token()
	return v, err
}

func readArray(d *json.Decoder, depth int) (jsonValue, error) {
	v := jsonValue{array: true}
	for d.More() {
		item, err := readJSON(d, depth+1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	_, err := d.Token()
	return v, err
}

// get is a member by name; the zero value for none.
func (v jsonValue) get(name string) jsonValue {
	for _, m := range v.members {
		if m.name == name {
			return m.value
		}
	}
	return jsonValue{}
}

// word is a member's text.
func (v jsonValue) word(name string) string { return v.get(name).text }

// number is nil for a member that is none.
func (v jsonValue) number(name string) *float64 { return number(v.word(name)) }

// words are the texts of a member that is a list.
func (v jsonValue) words(name string) []string {
	var out []string
	for _, i := range v.get(name).items {
		out = append(out, i.text)
	}
	return out
}

// sqlMembers are the members of a plan that hold SQL, in all forms.
func sqlMembers() []string {
	return []string{"attached_condition", "index_condition", "index_condition_bka", "having_condition", "condition", "lookup_condition",
		"join_condition", "range", "ref", "sort_key", "partition_by", "operation"}
}

// masked is the value of a member with the literals of its SQL masked, here
// and below.
func (v jsonValue) masked(name string, mask func(string) string) jsonValue {
	if v.text != "" && slices.Contains(sqlMembers(), name) {
		v.text = mask(v.text)
	}
	for i := range v.members {
		v.members[i].value = v.members[i].value.masked(v.members[i].name, mask)
	}
	for i := range v.items {
		v.items[i] = v.items[i].masked(name, mask)
	}
	return v
}
