/**
 * The port by which HTTP/2 is offered on a Unix socket, which has none. An offer must name one (RFC 7838, section 3). Nobody can have called
 * this one over TCP, so an offer that a proxy passes on is not taken.
 */
export const unixPort = 0
