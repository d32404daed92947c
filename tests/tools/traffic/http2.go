package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// http2 is net/http's client in clear text with prior knowledge; it sends the fields of one name in their order.
type http2 struct {
	client http.Client
}

// streamError has the name and the members by which net/http's own, which is not exported, lets itself be read.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (streamError) Error() string { return "" }

// The cause of a stream error that the other side sent; the client makes some itself.
const fromPeer = "received from peer"

// The error codes of RFC 9113, section 7, that a proxy resets a stream with.
var resetCodes = map[uint32]string{
	0x0: "NO_ERROR", 0x1: "PROTOCOL_ERROR", 0x2: "INTERNAL_ERROR", 0x7: "REFUSED_STREAM", 0x8: "CANCEL",
	0x9: "COMPRESSION_ERROR", 0xb: "ENHANCE_YOUR_CALM",
}

func newHTTP2() *http2 {
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols, DisableCompression: true}
	return &http2{http.Client{Transport: transport, Timeout: timeout, CheckRedirect: noRedirect}}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (client *http2) exchange(target *url.URL, fields []field) reply {
	message := &http.Request{Method: http.MethodGet, URL: target, Header: http.Header{"User-Agent": nil}}
	for _, one := range fields {
		message.Header.Add(one[0], one[1])
	}
	response, err := client.client.Do(message)
	if err != nil {
		return failed(err)
	}
	defer response.Body.Close()
	return withBody(response.StatusCode, response.Body)
}

func failed(err error) reply {
	var reset streamError
	if !errors.As(err, &reset) || reset.Cause == nil || reset.Cause.Error() != fromPeer {
		return reply{Error: err.Error()}
	}
	name, ok := resetCodes[reset.Code]
	if !ok {
		name = fmt.Sprintf("%#x", reset.Code)
	}
	return reply{Reset: name}
}
