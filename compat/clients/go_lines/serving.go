// Package lines is what the Go drivers share: reading requests and writing answers as JSON lines.
//
// A driver is a table of operations, named as in compat/README.md. What an operation returns goes under
// "result"; an error is put into Kafka's or the client's words by the driver's own function.
package lines

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

const operationTimeout = 25 * time.Second

// Operation is given the whole request.
type Operation func(ctx context.Context, request json.RawMessage) (any, error)

// Operations are what a driver knows, by their names.
type Operations map[string]Operation

// Giving makes an operation of a function that has parameters of its own and gives a result.
func Giving[P, R any](do func(context.Context, P) (R, error)) Operation {
	return func(ctx context.Context, request json.RawMessage) (any, error) {
		var parameters P
		if err := json.Unmarshal(request, &parameters); err != nil {
			return nil, err
		}
		return do(ctx, parameters)
	}
}

// Doing makes an operation of a function that has no result.
func Doing[P any](do func(context.Context, P) error) Operation {
	return Giving(func(ctx context.Context, parameters P) (any, error) {
		return nil, do(ctx, parameters)
	})
}

// Failure is how an error is told: Code is Kafka's number if it is one of Kafka's errors.
type Failure struct {
	Code    *int16 `json:"code"`
	Name    string `json:"name"`
	Message string `json:"message"`
}

// Kafka's error, with its number and Kafka's name.
func Kafka(code int16, name, message string) Failure {
	return Failure{Code: &code, Name: name, Message: message}
}

// Own tells an error of the client; its name is its type's.
func Own(err error) Failure {
	return Failure{Name: strings.TrimPrefix(fmt.Sprintf("%T", err), "*"), Message: err.Error()}
}

// Pipes are the two ends towards the harness. Whatever a library prints to stdout goes to stderr instead.
type Pipes struct {
	requests *json.Decoder
	lock     sync.Mutex // progress is told from a client's own goroutines
	answers  io.Writer
}

// NewPipes takes stdin and stdout.
func NewPipes() *Pipes {
	pipes := &Pipes{requests: json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20)), answers: os.Stdout}
	os.Stdout = os.Stderr
	return pipes
}

func (p *Pipes) write(message any) error {
	line, err := json.Marshal(message)
	if err != nil {
		return err
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	_, err = p.answers.Write(append(line, '\n'))
	return err
}

type head struct {
	ID int64  `json:"id"`
	Op string `json:"op"`
}

type answer struct {
	ID     int64 `json:"id"`
	OK     bool  `json:"ok"`
	Result any   `json:"result"`
}

type refusal struct {
	ID    int64   `json:"id"`
	OK    bool    `json:"ok"`
	Error Failure `json:"error"`
}

// Serve answers one request after the other until the harness closes the pipe, or asks to quit.
func (p *Pipes) Serve(operations Operations, describe func(error) Failure) error {
	for {
		var request json.RawMessage
		if err := p.requests.Decode(&request); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var asked head
		if err := json.Unmarshal(request, &asked); err != nil {
			return err
		}
		if err := p.write(answered(operations, describe, asked, request)); err != nil {
			return err
		}
		if asked.Op == "quit" {
			return nil
		}
	}
}

func answered(operations Operations, describe func(error) Failure, asked head, request json.RawMessage) any {
	operation, known := operations[asked.Op]
	if !known {
		message := "this driver has no operation " + asked.Op
		return refusal{ID: asked.ID, Error: Failure{Name: "UNSUPPORTED", Message: message}}
	}
	ctx, cancel := context.WithTimeout(context.Background(), operationTimeout)
	defer cancel()
	result, err := operation(ctx, request)
	if err != nil {
		return refusal{ID: asked.ID, Error: describe(err)}
	}
	return answer{ID: asked.ID, OK: true, Result: result}
}

type progress struct {
	ID       int64        `json:"id"`
	Progress acknowledged `json:"progress"`
}

type acknowledged struct {
	Acknowledged int `json:"acknowledged"`
}

// Run serves until the end; an error ends the process.
func (p *Pipes) Run(operations Operations, describe func(error) Failure) {
	if err := p.Serve(operations, describe); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// VersionOf tells the version of a module that this program has been built with.
func VersionOf(module string) (string, error) {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return strings.TrimPrefix(dependency.Version, "v"), nil
			}
		}
	}
	return "", fmt.Errorf("built without %s", module)
}
