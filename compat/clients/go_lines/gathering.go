package lines

import (
	"context"
	"sync"
)

// Gathering is told the outcomes of records, from any goroutine, and tells the harness of its progress.
type Gathering struct {
	pipes   *Pipes
	request Produce
	over    chan struct{} // closed when each record has its outcome

	lock         sync.Mutex
	outcomes     []*Outcome
	missing      int
	acknowledged int
	err          error
}

// Gather begins with no outcome.
func (p *Pipes) Gather(request Produce) *Gathering {
	count := len(request.Records)
	g := &Gathering{
		pipes:    p,
		request:  request,
		over:     make(chan struct{}),
		outcomes: make([]*Outcome, count),
		missing:  count,
	}
	if count == 0 {
		close(g.over)
	}
	return g
}

// Acknowledged tells where a record went; offset -1: nobody knows.
func (g *Gathering) Acknowledged(record int, partition int32, offset int64) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.put(record, &Outcome{Partition: partition, Offset: offset})
	g.acknowledged++
	if every := g.request.ProgressEvery; every > 0 && g.acknowledged%every == 0 && g.err == nil {
		g.err = g.pipes.write(progress{ID: g.request.ID, Progress: acknowledged{g.acknowledged}})
	}
}

// Refused tells why a record is not stored.
func (g *Gathering) Refused(record int, why Failure) {
	g.lock.Lock()
	defer g.lock.Unlock()
	g.put(record, &Outcome{Refused: &why})
}

func (g *Gathering) put(record int, outcome *Outcome) {
	g.outcomes[record] = outcome
	g.missing--
	if g.missing == 0 {
		close(g.over)
	}
}

// Wait gives the outcomes when there are all of them, or the time is over.
func (g *Gathering) Wait(ctx context.Context) ([]Outcome, error) {
	select {
	case <-g.over:
	case <-ctx.Done():
	}
	g.lock.Lock()
	defer g.lock.Unlock()
	given := make([]Outcome, len(g.outcomes))
	for i, outcome := range g.outcomes {
		if outcome == nil {
			why := Failure{Name: "TIMED_OUT", Message: "neither acknowledged nor refused in time"}
			outcome = &Outcome{Refused: &why}
		}
		given[i] = *outcome
	}
	return given, g.err
}
