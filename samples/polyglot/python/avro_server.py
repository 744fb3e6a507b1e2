"""Serves an Avro protocol over HTTP on a free port: avro_server.py PROTOCOL.avpr. Prints the port."""
import http.server
import sys

import avro.errors
import avro.io
import avro.ipc
import avro.protocol

with open(sys.argv[1]) as file:
    protocol = avro.protocol.parse(file.read())
# avro 1.11 catches errors by way of a module that it does not import.
avro.ipc.schema = avro.errors


class Hello(avro.ipc.Responder):
    def invoke(self, message, request):
        if request["name"] == "Nobody":
            raise avro.errors.AvroRemoteException({"message": "Nobody is not here"})
        return f"Hello, {request['name']}!"

    def write_error(self, schema, error, encoder):
        # avro 1.11 writes each error's str(), so a declared one would never arrive.
        avro.io.DatumWriter(schema).write(error.args[0], encoder)


hello = Hello(protocol)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        request = avro.ipc.FramedReader(self.rfile).read_framed_message()
        self.send_response(200)
        self.send_header("Content-Type", "avro/binary")
        self.end_headers()
        avro.ipc.FramedWriter(self.wfile).write_framed_message(hello.respond(request))

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
