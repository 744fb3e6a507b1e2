"""The other side of the interop tests: Apache Thrift's Python library, with code that its compiler makes of hello.thrift.

peer.py FOLDER server TRANSPORT PROTOCOL plain|multiplexed     prints its port, then serves
peer.py FOLDER client TRANSPORT PROTOCOL plain|multiplexed PORT    calls a server and checks what it answers
"""
import os
import socket
import struct
import sys
import time

folder, role, transport_name, protocol_name, naming = sys.argv[1:6]
sys.path.insert(0, folder)

from thrift.protocol import TBinaryProtocol, TCompactProtocol, THeaderProtocol, TJSONProtocol, TMultiplexedProtocol
from thrift.server import THttpServer, TServer
from thrift.Thrift import TApplicationException
from thrift.TMultiplexedProcessor import TMultiplexedProcessor
from thrift.transport import THeaderTransport, THttpClient, TSocket, TTransport, TZlibTransport

from everything import Hello, Other
from everything.ttypes import Color, Contact, DivisionByZero, Everything, Item, NotFound, OutOfStock

SUBPROTOCOLS = {
    'binary': THeaderTransport.THeaderSubprotocolID.BINARY,
    'compact': THeaderTransport.THeaderSubprotocolID.COMPACT,
}
# The two kinds of strictness are about message headers without a version.
PROTOCOLS = {
    'binary': lambda: TBinaryProtocol.TBinaryProtocolFactory(strictRead=True, strictWrite=True),
    'old': lambda: TBinaryProtocol.TBinaryProtocolFactory(strictRead=False, strictWrite=False),
    'accelerated': lambda: TBinaryProtocol.TBinaryProtocolAcceleratedFactory(),
    'compact': lambda: TCompactProtocol.TCompactProtocolFactory(),
    'json': lambda: TJSONProtocol.TJSONProtocolFactory(),
}
TRANSPORTS = {
    'framed': TTransport.TFramedTransportFactory,
    'buffered': TTransport.TBufferedTransportFactory,
    'tzlib': TZlibTransport.TZlibTransportFactory,
}
TEXT = 'na\u00efve \u2014 \u65e5\u672c\u8a9e \U0001F600 "quoted" \\ \n \0'


def everything():
    child = minimal()
    child.text = 'child'
    child.version = 2
    return Everything(
        flag=True, tiny=-128, small=32767, medium=-2**31, large=2**63 - 1, real=0.1, text=TEXT, blob=b'\x00\xff\x80',
        color=Color.blue, numbers=[0, 1, -1, 2**31 - 1], tags={'a', ''}, counts={'x': -2**63},
        stock={7: Item(name='pen', price=1.5)}, item=Item(name='', price=0.0), contact=Contact(phone=2**53 + 1),
        grid=[['a'], [], [TEXT]], nick='', big=-1, child=child, flags=[True, False, True], votes={1: True, -1: False},
        items=[Item(name='i%d' % n, price=float(n)) for n in range(20)], version=3, colors={Color.red, Color.blue})


def minimal():
    return Everything(
        flag=False, tiny=0, small=0, medium=0, large=0, real=0.0, text='', blob=b'', color=Color.red, numbers=[], tags=set(),
        counts={}, stock={}, grid=[], flags=[], votes={}, items=[], version=1, colors=set())


class HelloHandler:
    notice = ''

    def SayHello(self, name):
        return 'Hello, %s!' % name

    def Echo(self, request):
        return request

    def Divide(self, dividend, divisor):
        if divisor == 0:
            raise DivisionByZero(dividend=dividend)
        if divisor < 0:
            raise OutOfStock(sku='numbers', left=3)
        return dividend / divisor

    def Add(self, a, b):
        return a + b

    def Reverse(self, data):
        return data[::-1]

    def Ping(self):
        pass

    def Fail(self, how):
        if how == 'die':
            os._exit(3)
        if how == 'declared by nobody':
            raise TApplicationException(TApplicationException.PROTOCOL_ERROR, 'as told')
        raise ValueError('secret internals')

    def Maybe(self, there):
        return 'there' if there else None

    def Notify(self, text):
        self.notice = text

    def LastNotice(self):
        return self.notice

    def Slow(self, name, milliseconds):
        time.sleep(milliseconds / 1000)
        return name

    def Heard(self, header):
        return ''

    def Find(self, title):
        raise NotFound(message='there is no %s' % title, shelf=3)


class OtherHandler:
    def SayHello(self, name):
        return 'Other %s' % name

    def Count(self):
        return 7


class TellingSocket(TSocket.TServerSocket):
    def listen(self):
        TSocket.TServerSocket.listen(self)
        print(self.handle.getsockname()[1], flush=True)


def processor():
    if naming != 'multiplexed':
        return Hello.Processor(HelloHandler())
    made = TMultiplexedProcessor()
    made.registerProcessor('Hello', Hello.Processor(HelloHandler()))
    made.registerProcessor('Other', Other.Processor(OtherHandler()))
    return made


def serve():
    if transport_name == 'http':
        server = THttpServer.THttpServer(processor(), ('127.0.0.1', 0), PROTOCOLS[protocol_name]())
        print(server.httpd.server_address[1], flush=True)
        server.serve()
        return
    if transport_name in ('header', 'zlib'):
        transports = TTransport.TTransportFactoryBase()
        protocols = THeaderProtocol.THeaderProtocolFactory(default_protocol=SUBPROTOCOLS[protocol_name])
    else:
        transports = TRANSPORTS[transport_name]()
        protocols = PROTOCOLS[protocol_name]()
    socket_ = TellingSocket('127.0.0.1', 0)
    TServer.TThreadedServer(processor(), socket_, transports, protocols, daemon=True).serve()


def open_protocol(port):
    if transport_name == 'http':
        trans = THttpClient.THttpClient('http://127.0.0.1:%d/' % port)
        protocol = PROTOCOLS[protocol_name]().getProtocol(trans)
    elif transport_name in ('header', 'zlib'):
        trans = TSocket.TSocket('127.0.0.1', port)
        types = (THeaderTransport.THeaderClientType.HEADERS,)
        protocol = THeaderProtocol.THeaderProtocol(trans, types, SUBPROTOCOLS[protocol_name])
        if transport_name == 'zlib':
            protocol.add_transform(THeaderTransport.THeaderTransformID.ZLIB)
    else:
        plain = TSocket.TSocket('127.0.0.1', port)
        trans = TRANSPORTS[transport_name]().getTransport(plain)
        protocol = PROTOCOLS[protocol_name]().getProtocol(trans)
    trans.open()
    return trans, protocol


def fails(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError('expected %s' % kind.__name__)


def equal(got, wanted):
    assert got == wanted, 'expected %r, got %r' % (wanted, got)


def call():
    port = int(sys.argv[6])
    trans, protocol = open_protocol(port)

    def named(service):
        return TMultiplexedProtocol.TMultiplexedProtocol(protocol, service) if naming == 'multiplexed' else protocol

    hello = Hello.Client(named('Hello'))
    equal(hello.SayHello('World'), 'Hello, World!')
    equal(hello.SayHello(TEXT), 'Hello, %s!' % TEXT)
    equal(hello.SayHello(''), 'Hello, !')
    equal(hello.Echo(everything()), everything())
    equal(hello.Echo(minimal()), minimal())
    equal(hello.Add(2**63 - 1, 0), 2**63 - 1)
    equal(hello.Add(-2**63, 0), -2**63)
    equal(hello.Divide(1.0, 4.0), 0.25)
    equal(fails(DivisionByZero, lambda: hello.Divide(7.0, 0.0)).dividend, 7.0)
    missing = fails(NotFound, lambda: hello.Find('Emma'))
    equal((missing.message, missing.shelf), ('there is no Emma', 3))
    equal(hello.Reverse(b''), b'')
    large = bytes(range(256)) * 4096
    equal(hello.Reverse(large), large[::-1])
    equal(hello.Ping(), None)
    equal(hello.Maybe(True), 'there')
    equal(fails(TApplicationException, lambda: hello.Maybe(False)).type, TApplicationException.MISSING_RESULT)
    hello.Notify('seen')
    equal(hello.LastNotice(), 'seen')
    error = fails(TApplicationException, lambda: hello.Fail('error'))
    equal(error.type, TApplicationException.INTERNAL_ERROR)
    assert 'secret' not in error.message
    equal(fails(TApplicationException, lambda: hello.Fail('not_found')).message, 'failed with not_found')
    equal(fails(TApplicationException, lambda: hello.Fail('unimplemented')).type, TApplicationException.UNKNOWN_METHOD)
    equal(fails(TApplicationException, lambda: Other.Client(protocol).SayHello('x')).type if naming == 'multiplexed' else 1,
          TApplicationException.UNKNOWN_METHOD)
    if naming == 'multiplexed':
        equal(Other.Client(named('Other')).SayHello('x'), 'Other x')
        equal(Other.Client(named('hello.Other')).Count(), 7)
        equal(Other.Client(protocol).Count(), 7)
    if transport_name == 'header':
        protocol.trans.set_header(b'X-Tenant', b'blue')
        equal(hello.Heard('x-tenant'), 'blue')
        equal(protocol.trans.get_headers()[b'x-head'], b'first')
        protocol.trans.set_header(b'client_timeout', b'50')
        assert 'deadline' in fails(TApplicationException, lambda: hello.Slow('late', 60000)).message
    if transport_name in TRANSPORTS:
        # Python numbers no call, so it reads the replies in order.
        for name in ('a', 'b', 'c'):
            hello.send_Slow(name, {'a': 60, 'b': 20, 'c': 0}[name])
        equal([hello.recv_Slow() for _ in range(3)], ['a', 'b', 'c'])
    trans.close()
    print('ok')


serve() if role == 'server' else call()
