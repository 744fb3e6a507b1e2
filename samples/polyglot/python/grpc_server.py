"""Serves hello.proto over gRPC on a free port, and prints it."""
from concurrent import futures

import grpc

import hello_pb2
import hello_pb2_grpc


class Hello(hello_pb2_grpc.HelloServicer):
    def SayHello(self, request, context):
        if request.name == "Nobody":
            context.abort(grpc.StatusCode.NOT_FOUND, "Nobody is not here")
        return hello_pb2.HelloReply(message=f"Hello, {request.name}!")


server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
hello_pb2_grpc.add_HelloServicer_to_server(Hello(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
