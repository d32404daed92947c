package main

import (
	"encoding/json"
	"flag"
	"net/http"
)

// Far above every limit of a proxy under test.
const echoMaxHeaderBytes = 16 << 20

func echo(arguments []string) error {
	flags := flag.NewFlagSet("echo", flag.ContinueOnError)
	address := flags.String("listen", "", "address, as 127.0.0.1:8080")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	server := http.Server{Addr: *address, Handler: http.HandlerFunc(answer), MaxHeaderBytes: echoMaxHeaderBytes}
	return server.ListenAndServe()
}

func answer(writer http.ResponseWriter, request *http.Request) {
	writer.Header().Set("Content-Type", "application/json")
	// The client's end is no concern of ours: it says itself what it got.
	_ = json.NewEncoder(writer).Encode(received{sortedFields(request.Header)})
}
