"""Calls Hello over Thrift: thrift_client.py PORT NAME. Prints the answer."""
import sys

from thrift.protocol import TBinaryProtocol
from thrift.transport import TSocket, TTransport

from hello import Hello
from hello.ttypes import NotFound

port, name = sys.argv[1:]
transport = TTransport.TFramedTransport(TSocket.TSocket("127.0.0.1", int(port)))
transport.open()
try:
    print(Hello.Client(TBinaryProtocol.TBinaryProtocol(transport)).SayHello(name))
except NotFound as error:
    print(f"NotFound: {error.message}")
finally:
    transport.close()
