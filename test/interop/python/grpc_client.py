"""Calls a server: grpc_client.py <address> <descriptors>. Prints what came back as one JSON object."""

import json
import sys
import time

import grpc

import hello

address, descriptors = sys.argv[1:3]
pool = hello.load(descriptors)
limits = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
channel = grpc.insecure_channel(address, options=limits)


def bound(kind, name):
    request, reply = hello.method(pool, name)
    make = getattr(channel, kind)
    call = make("/hello.Hello/" + name, request_serializer=request.SerializeToString, response_deserializer=reply.FromString)
    return call, request


def failure(run):
    try:
        run()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call did not fail")


results = {}
say_hello, HelloRequest = bound("unary_unary", "SayHello")
divide, DivideRequest = bound("unary_unary", "Divide")
headers, _ = bound("unary_unary", "Headers")
hang, HangRequest = bound("unary_unary", "Hang")
watch, WatchRequest = bound("unary_stream", "Watch")
add, Tick = bound("stream_unary", "Add")
chat, _ = bound("stream_stream", "Chat")

results["unary"] = say_hello(HelloRequest(name="World")).message
results["empty"] = say_hello(HelloRequest()).message
results["watch"] = [tick.n for tick in watch(WatchRequest(upTo=3))]
results["add"] = add(Tick(n=n) for n in (1, 2, 3)).value
results["chat"] = [tick.n for tick in chat(Tick(n=n) for n in (1, 2))]
results["gzip"] = len(say_hello(HelloRequest(name="ab" * 50000), compression=grpc.Compression.Gzip).message)
results["deflate"] = len(say_hello(HelloRequest(name="ab" * 50000), compression=grpc.Compression.Deflate).message)
large = 4 * 1024 * 1024 - 1 - 5
results["large"] = len(say_hello(HelloRequest(name="x" * large)).message)
results["too_large"] = failure(lambda: say_hello(HelloRequest(name="x" * (large + 2)))).code().name

error = failure(lambda: divide(DivideRequest(dividend=7, divisor=0)))
results["error"] = [error.code().name, error.details()]
details = dict(error.trailing_metadata())["grpc-status-details-bin"]
results["details"] = b"type.googleapis.com/hello.DivisionByZero" in details

reply, call = headers.with_call(HelloRequest(), metadata=(("x-in", "a"), ("x-in", "b"), ("x-raw-bin", b"\x00\xff")))
head = dict(call.initial_metadata())
results["metadata"] = [reply.message, head["x-head"], list(head["x-bytes-bin"]), dict(call.trailing_metadata())["x-tail"]]

results["deadline"] = failure(lambda: hang(HangRequest(), timeout=0.1)).code().name
future = hang.future(HangRequest())
time.sleep(0.1)
future.cancel()
results["cancel"] = future.code().name

stream = watch(WatchRequest(upTo=100000000))
next(stream)
stream.cancel()
results["cancel_stream"] = failure(lambda: [None for _ in stream]).code().name
print(json.dumps(results))
