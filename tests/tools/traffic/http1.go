package main

import (
	"bufio"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// http1 writes the request itself: net/http would add fields, sort them, and refuse some of the values that tests need.
type http1 struct {
	connections map[string]*connection // by address
}

type connection struct {
	net.Conn
	reader *bufio.Reader
}

func newHTTP1() *http1 { return &http1{map[string]*connection{}} }

func (client *http1) exchange(target *url.URL, fields []field) reply {
	connected, err := client.connect(target.Host)
	if err != nil {
		return reply{Error: err.Error()}
	}
	// Written apart from reading: a proxy may answer and close before it has read everything.
	go connected.Write(requestText(target, fields))
	response, err := http.ReadResponse(connected.reader, nil)
	if err != nil {
		client.drop(target.Host)
		return reply{Error: err.Error()}
	}
	result := withBody(response.StatusCode, response.Body)
	if response.Close || result.Error != "" {
		client.drop(target.Host)
	}
	return result
}

func (client *http1) connect(address string) (*connection, error) {
	known, ok := client.connections[address]
	if !ok {
		opened, err := net.DialTimeout("tcp", address, timeout)
		if err != nil {
			return nil, err
		}
		known = &connection{opened, bufio.NewReader(opened)}
		client.connections[address] = known
	}
	return known, known.SetDeadline(time.Now().Add(timeout))
}

func (client *http1) drop(address string) {
	client.connections[address].Close()
	delete(client.connections, address)
}

func requestText(target *url.URL, fields []field) []byte {
	var text strings.Builder
	text.WriteString("GET " + target.RequestURI() + " HTTP/1.1\r\nhost: " + target.Host + "\r\n")
	for _, one := range fields {
		text.WriteString(one[0] + ": " + one[1] + "\r\n")
	}
	text.WriteString("\r\n")
	return []byte(text.String())
}
