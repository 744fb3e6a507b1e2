"""Serves a protocol over HTTP on a free port: server.py PROTOCOL.avpr. Prints the port."""
import http.server
import sys

import avro.errors
import avro.io
import avro.ipc
import avro.protocol

with open(sys.argv[1]) as file:
    ours = avro.protocol.parse(file.read())
# avro 1.11 catches errors by way of a module that it does not import.
avro.ipc.schema = avro.errors


class Shop(avro.ipc.Responder):
    def invoke(self, message, request):
        if message.name == "SayHello":
            return f"Hello, {request['name']}!"
        if message.name == "Next":
            return -(2**63) if request["n"] == 2**63 - 1 else request["n"] + 1
        if message.name == "Reverse":
            return request["data"][::-1]
        if message.name == "Echo":
            return request["request"]
        if message.name in ("Ping", "Note"):
            return None
        if message.name == "Divide":
            if request["divisor"] == 0:
                raise avro.errors.AvroRemoteException({"dividend": request["dividend"]})
            return request["dividend"] / request["divisor"]
        if message.name == "Find":
            raise avro.errors.AvroRemoteException({"message": f"there is no {request['title']}", "shelf": 3})
        raise avro.errors.AvroRemoteException(f"python cannot {message.name}")

    def write_error(self, schema, error, encoder):
        # avro 1.11 writes each error's str(), so of an error union it would never reach what is declared.
        avro.io.DatumWriter(schema).write(error.args[0], encoder)


responder = Shop(ours)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        request = avro.ipc.FramedReader(self.rfile).read_framed_message()
        self.send_response(200)
        self.send_header("Content-Type", "avro/binary")
        self.end_headers()
        avro.ipc.FramedWriter(self.wfile).write_framed_message(responder.respond(request))

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
