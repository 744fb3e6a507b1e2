"""Serves hello.thrift with framed binary messages on a free port, and prints it."""
from thrift.protocol import TBinaryProtocol
from thrift.server import TServer
from thrift.transport import TSocket, TTransport

from hello import Hello
from hello.ttypes import NotFound


class Handler:
    def SayHello(self, name):
        if name == "Nobody":
            raise NotFound("Nobody is not here")
        return f"Hello, {name}!"


class Socket(TSocket.TServerSocket):
    def listen(self):
        super().listen()
        print(self.handle.getsockname()[1], flush=True)


TServer.TThreadedServer(
    Hello.Processor(Handler()),
    Socket("127.0.0.1", 0),
    TTransport.TFramedTransportFactory(),
    TBinaryProtocol.TBinaryProtocolFactory(),
    daemon=True,
).serve()
