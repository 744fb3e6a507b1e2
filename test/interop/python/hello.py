"""Message classes of hello.Hello, made of the FileDescriptorSet that polywire writes."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def load(path):
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as file:
        files.ParseFromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


def message(pool, name):
    descriptor = pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def method(pool, name):
    """Kind and message classes of one method of the service."""
    service = pool.FindServiceByName("hello.Hello")
    found = service.FindMethodByName(name)
    return message(pool, found.input_type.full_name), message(pool, found.output_type.full_name)
