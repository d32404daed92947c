package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"
)

// No exchange takes longer; a proxy that does not answer is an outcome, too.
const timeout = 20 * time.Second

// exchanger sends one request and waits for its reply. Each worker has its own, with connections of its own.
type exchanger interface {
	exchange(target *url.URL, fields []field) reply
}

// job is one request to be sent, and the place of its reply.
type job struct {
	request *request
	target  *url.URL
	fields  []field // in bytes
	reply   *reply
}

// send reads all requests, sends them, and writes the replies in the requests' order.
func send(arguments []string, input io.Reader, output io.Writer) error {
	flags := flag.NewFlagSet("send", flag.ContinueOnError)
	concurrency := flags.Int("concurrency", 1, "requests at once")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	jobs, err := readJobs(input)
	if err != nil {
		return err
	}
	work(jobs, *concurrency)
	writer := bufio.NewWriter(output)
	encoder := json.NewEncoder(writer)
	for _, job := range jobs {
		if err := encoder.Encode(job.reply); err != nil {
			return err
		}
	}
	return writer.Flush()
}

func readJobs(input io.Reader) ([]job, error) {
	var jobs []job
	decoder := json.NewDecoder(input)
	for {
		one := &request{}
		if err := decoder.Decode(one); errors.Is(err, io.EOF) {
			return jobs, nil
		} else if err != nil {
			return nil, err
		}
		target, err := url.Parse(one.URL)
		if err != nil {
			return nil, err
		}
		fields, err := inBytes(one.Fields)
		if err != nil {
			return nil, err
		}
		for range max(one.Count, 1) {
			jobs = append(jobs, job{one, target, fields, &reply{}})
		}
	}
}

func inBytes(fields []field) ([]field, error) {
	all := make([]field, len(fields))
	for index, one := range fields {
		value, err := toBytes(one[1])
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", one[0], err)
		}
		all[index] = field{one[0], value}
	}
	return all, nil
}

func work(jobs []job, concurrency int) {
	queue := make(chan job)
	var workers sync.WaitGroup
	for range concurrency {
		workers.Go(func() {
			versions := map[string]exchanger{"1.1": newHTTP1(), "2": newHTTP2()}
			for job := range queue {
				if version, ok := versions[job.request.Version]; ok {
					*job.reply = version.exchange(job.target, job.fields)
				} else {
					job.reply.Error = fmt.Sprintf("HTTP %q is not known", job.request.Version)
				}
			}
		})
	}
	for _, job := range jobs {
		queue <- job
	}
	close(queue)
	workers.Wait()
}

// withBody is the reply to a response that came.
func withBody(status int, body io.Reader) reply {
	text, err := io.ReadAll(body)
	if err != nil {
		return reply{Status: status, Error: err.Error()}
	}
	if !json.Valid(text) {
		text = nil
	}
	return reply{Status: status, Echo: text}
}
