import test from 'ava'
import { systemFault } from '../../src/cli/system-fault.js'

/** An error as Node raises it. */
function fault(message: string, code: string, syscall: string): Error {
  return Object.assign(new Error(message), { code, syscall })
}

test('errors of sockets and names are said in words', t => {
  for (const [message, code, syscall, said] of [
    ['connect EHOSTUNREACH 10.0.0.9:80', 'EHOSTUNREACH', 'connect', 'no route to the host'],
    ['connect ENETUNREACH 10.0.0.9:80', 'ENETUNREACH', 'connect', 'no route to the network'],
    ['connect ETIMEDOUT 10.0.0.9:80', 'ETIMEDOUT', 'connect', 'no answer from the host'],
    ['write EPIPE', 'EPIPE', 'write', 'the peer closed the connection'],
    ['getaddrinfo ENOTFOUND zoo.invalid', 'ENOTFOUND', 'getaddrinfo', 'no such host'],
    ['getaddrinfo EAI_AGAIN zoo.invalid', 'EAI_AGAIN', 'getaddrinfo', 'no name server answered'],
  ] as const)
    t.is(systemFault(fault(message, code, syscall)), said)
})

test('of other errors code, call and path are left out', t => {
  t.is(
    systemFault(fault("EISDIR: illegal operation on a directory, open 'a'", 'EISDIR', 'open')),
    'illegal operation on a directory',
  )
  t.is(systemFault(new Error('it broke')), 'it broke')
})
