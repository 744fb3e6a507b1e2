/**
 * Why the operating system refused something, without its code and call: `no such file or directory` of
 * `ENOENT: no such file or directory, open 'zoo.thrift'`, and `connection refused` of `connect ECONNREFUSED 127.0.0.1:8081`.
 */
export function systemFault(error: unknown): string {
  const { code, message, syscall } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return message
  return plainReasons[code] ?? message.replace(/^\w+: /, '').replace(/, \w+(?: '.*')?(?: -> '.*')?$/s, '')
}

/** Of errors of sockets, whose messages have no words. */
const plainReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ETIMEDOUT: 'no answer from the host',
  EPIPE: 'the peer closed the connection',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no name server answered',
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
}
