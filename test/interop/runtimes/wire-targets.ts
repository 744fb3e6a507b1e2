/** One target of each wire, without its address. */
export const wireTargets: Readonly<Record<string, (address: string) => string>> = {
  'Connect, HTTP/1.1': address => `http://${address}`,
  'Connect, HTTP/2': address => `http2://${address}`,
  gRPC: address => `grpc://${address}`,
  Thrift: address => `thrift://${address}`,
  Avro: address => `avro://${address}`,
}
