// Command meshtrace-traffic is both ends of a proxy under test: a client that sends exactly the header fields that it is
// told, and an application that answers with those that it received.
//
//	meshtrace-traffic send -concurrency=8 <requests >replies   one JSON object a line: see request and reply
//	meshtrace-traffic echo -listen=127.0.0.1:PORT
//
// Header values are bytes, and JSON strings are not: in both directions each character, U+0000 to U+00FF, is one byte.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "meshtrace-traffic:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("say what to do: send or echo")
	}
	switch arguments[0] {
	case "send":
		return send(arguments[1:], os.Stdin, os.Stdout)
	case "echo":
		return echo(arguments[1:])
	default:
		return fmt.Errorf("%q is neither send nor echo", arguments[0])
	}
}
