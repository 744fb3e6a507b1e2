/** The values of the request headers that the protocol itself reads; the first of repeated ones. */
export interface RequestHead {
  origin: string | undefined
  contentType: string | undefined
  contentLength: string | undefined
  timeout: string | undefined
  contentEncoding: string | undefined
  streamEncoding: string | undefined
  acceptEncoding: string | undefined
  streamAcceptEncoding: string | undefined
  version: string | undefined
  previousAttempts: string | undefined
  grpcTimeout: string | undefined
  grpcEncoding: string | undefined
  grpcAcceptEncoding: string | undefined
}

/**
 * Reads Node's raw headers in one pass, by the lengths of their names. Node's parsed headers would cost more than the rest of a small call.
 */
export function readRequestHead(raw: readonly string[]): RequestHead {
  const head: RequestHead = {
    origin: undefined,
    contentType: undefined,
    contentLength: undefined,
    timeout: undefined,
    contentEncoding: undefined,
    streamEncoding: undefined,
    acceptEncoding: undefined,
    streamAcceptEncoding: undefined,
    version: undefined,
    previousAttempts: undefined,
    grpcTimeout: undefined,
    grpcEncoding: undefined,
    grpcAcceptEncoding: undefined,
  }
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    switch (name.length) {
      case 6:
        if (is(name, 'origin')) head.origin ??= raw[i + 1]
        break
      case 12:
        if (is(name, 'content-type')) head.contentType ??= raw[i + 1]
        else if (is(name, 'grpc-timeout')) head.grpcTimeout ??= raw[i + 1]
        break
      case 13:
        if (is(name, 'grpc-encoding')) head.grpcEncoding ??= raw[i + 1]
        break
      case 14:
        if (is(name, 'content-length')) head.contentLength ??= raw[i + 1]
        break
      case 15:
        if (is(name, 'accept-encoding')) head.acceptEncoding ??= raw[i + 1]
        break
      case 16:
        if (is(name, 'content-encoding')) head.contentEncoding ??= raw[i + 1]
        break
      case 18:
        if (is(name, 'connect-timeout-ms')) head.timeout ??= raw[i + 1]
        break
      case 20:
        if (is(name, 'grpc-accept-encoding')) head.grpcAcceptEncoding ??= raw[i + 1]
        break
      case 23:
        if (is(name, 'connect-accept-encoding')) head.streamAcceptEncoding ??= raw[i + 1]
        break
      case 24:
        if (is(name, 'connect-content-encoding')) head.streamEncoding ??= raw[i + 1]
        else if (is(name, 'connect-protocol-version')) head.version ??= raw[i + 1]
        break
      case 26:
        if (is(name, 'grpc-previous-rpc-attempts')) head.previousAttempts ??= raw[i + 1]
        break
    }
  }
  return head
}

function is(name: string, lower: string): boolean {
  return name === lower || name.toLowerCase() === lower
}
