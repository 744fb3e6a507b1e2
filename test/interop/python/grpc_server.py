"""Serves hello.Hello: grpc_server.py <descriptors>. Prints its port; ends with its standard input."""

import sys
from concurrent import futures

import grpc

import hello

pool = hello.load(sys.argv[1])
HelloReply = hello.message(pool, "hello.HelloReply")
Tick = hello.message(pool, "hello.Tick")
DivisionByZero = hello.message(pool, "hello.DivisionByZero")


def say_hello(request, context):
    if request.name.startswith("gzip"):
        context.set_compression(grpc.Compression.Gzip)
    return HelloReply(message="Hello, %s!" % request.name)


def divide(request, context):
    _, reply = hello.method(pool, "Divide")
    if request.divisor != 0:
        return reply(value=request.dividend / request.divisor)
    value = DivisionByZero(dividend=request.dividend).SerializeToString()
    url = b"type.googleapis.com/hello.DivisionByZero"
    detail = b"\x0a" + bytes([len(url)]) + url + b"\x12" + bytes([len(value)]) + value
    status = b"\x08\x03" + b"\x1a" + bytes([len(detail)]) + detail
    context.set_trailing_metadata((("grpc-status-details-bin", status),))
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no zeros, please \u00fc")


def headers(request, context):
    context.send_initial_metadata((("x-head", "first"), ("x-bytes-bin", b"\x01\x02\xff")))
    context.set_trailing_metadata((("x-tail", "last"),))
    return HelloReply(message=",".join(value for key, value in context.invocation_metadata() if key == "x-in"))


def hang(request, context):
    import threading

    over = threading.Event()
    context.add_callback(over.set)
    over.wait(20)
    return hello.method(pool, "Hang")[1]()


def watch(request, context):
    n = 0
    while (request.upTo < 0 or n < request.upTo) and context.is_active():
        n += 1
        yield Tick(n=n)


def add(requests, context):
    return hello.method(pool, "Add")[1](value=sum(tick.n for tick in requests))


def chat(requests, context):
    for tick in requests:
        yield Tick(n=tick.n * 2)


def handler(kind, name, behavior):
    request, reply = hello.method(pool, name)
    make = getattr(grpc, kind + "_rpc_method_handler")
    return make(behavior, request_deserializer=request.FromString, response_serializer=reply.SerializeToString)


limits = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
server = grpc.server(futures.ThreadPoolExecutor(max_workers=8), options=limits)
server.add_generic_rpc_handlers(
    (
        grpc.method_handlers_generic_handler(
            "hello.Hello",
            {
                "SayHello": handler("unary_unary", "SayHello", say_hello),
                "Divide": handler("unary_unary", "Divide", divide),
                "Headers": handler("unary_unary", "Headers", headers),
                "Hang": handler("unary_unary", "Hang", hang),
                "Watch": handler("unary_stream", "Watch", watch),
                "Add": handler("stream_unary", "Add", add),
                "Chat": handler("stream_stream", "Chat", chat),
            },
        ),
    )
)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
sys.stdin.read()
server.stop(0)
