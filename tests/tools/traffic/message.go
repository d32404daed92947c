package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// field is one header line: name and value.
type field [2]string

// request is what a line of send's input says.
type request struct {
	URL     string  `json:"url"`
	Version string  `json:"version"` // of HTTP: "1.1", or "2" in clear text with prior knowledge
	Fields  []field `json:"headers"` // sent as they stand, HTTP/1.1 in this order; host comes from the URL
	Count   int     `json:"count"`   // how often it is sent, each time with a reply of its own; 0 is once
}

// reply is a line of send's output: a status, or how the exchange ended without one.
type reply struct {
	Status int             `json:"status,omitempty"`
	Echo   json.RawMessage `json:"echo,omitempty"`  // the body, where it is JSON: what echo received
	Reset  string          `json:"reset,omitempty"` // HTTP/2: the error code of RST_STREAM
	Error  string          `json:"error,omitempty"` // anything else
}

// received is what echo answers: names in lower case, sorted; the values of one name in their order.
type received struct {
	Fields []field `json:"headers"`
}

// toBytes gives the bytes that a JSON string stands for.
func toBytes(text string) (string, error) {
	var bytes strings.Builder
	for _, character := range text {
		if character > 0xff {
			return "", fmt.Errorf("%q is not one byte", character)
		}
		bytes.WriteByte(byte(character))
	}
	return bytes.String(), nil
}

// toText is the reverse of toBytes.
func toText(bytes string) string {
	text := make([]rune, len(bytes))
	for index := range len(bytes) {
		text[index] = rune(bytes[index])
	}
	return string(text)
}

func sortedFields(values map[string][]string) []field {
	fields := []field{}
	for name, all := range values {
		for _, value := range all {
			fields = append(fields, field{strings.ToLower(name), toText(value)})
		}
	}
	sort.SliceStable(fields, func(left, right int) bool { return fields[left][0] < fields[right][0] })
	return fields
}
