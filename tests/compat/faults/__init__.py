"""A broker that lies on purpose: a proxy before a started one, which plants one fault.

It is for the harness's own tests and for nothing else: a harness that no fault turns red proves
nothing when it is green. So it stands here, like the fakes of Kawa's own tests, and not in `compat/`,
where it would be something to choose on the command line.

    frames.py     Kafka's frames out of a stream of bytes
    exchange.py   one request and its answer, in Kawa's own messages
    addresses.py  the answers that say where brokers are
    fault.py      what a fault may do
    records.py, requests.py, answers.py, crashes.py     the faults there are
    cases.py      which cells each of them turns red, and which it leaves green
    proxy.py      the sockets
    target.py     the harness's way to it
"""
