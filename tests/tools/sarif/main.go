// meshtrace-sarif SCHEMA.GO: says whether standard input is valid by the JSON schema that stands in that file of
// go-sarif, as its constant: OASIS' schema of SARIF 2.1.0. (go-sarif itself validates its own types, not a text.)
// Exit status 0: valid; 1: what is wrong stands on standard error.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // has the schema
	"github.com/xeipuuv/gojsonschema"
)

func schema(path string) (string, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	parts := strings.Split(string(source), "`")
	if len(parts) != 3 {
		return "", errors.New(path + ": not one text in backquotes")
	}
	return parts[1], nil
}

func check(path string) error {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	wanted, err := schema(path)
	if err != nil {
		return err
	}
	result, err := gojsonschema.Validate(gojsonschema.NewStringLoader(wanted), gojsonschema.NewBytesLoader(text))
	if err != nil {
		return err
	}
	var wrong []error
	for _, one := range result.Errors() {
		wrong = append(wrong, errors.New(one.String()))
	}
	return errors.Join(wrong...)
}

func main() {
	if err := check(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
