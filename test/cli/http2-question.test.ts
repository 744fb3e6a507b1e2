// What answers a call of gRPC that nobody has, by the bytes of the answer.
import test from 'ava'
import { grpcQuestion, http2Question } from '../../src/cli/http2-question.js'
import { block, frame } from '../http2/raw-peer.js'

const settings = frame(4, 0, 0)
const page = block(':status', '404', 'content-type', 'text/html')
const status = block(':status', '200', 'content-type', 'application/grpc', 'grpc-status', '12')

/** What it answers to the bytes as they arrive one by one. */
function slowly(answer: Buffer) {
  for (let length = 0; length < answer.length; length++) {
    const early = grpcQuestion.read(answer.subarray(0, length))
    if (early !== undefined) return [early, length]
  }
  return [grpcQuestion.read(answer), answer.length]
}

const answers: readonly (readonly [title: string, Buffer[], ReturnType<typeof grpcQuestion.read>])[] = [
  ['a page', [settings, frame(1, 4, 1, page)], 'http2'],
  ['a status of gRPC', [settings, frame(1, 5, 1, status)], 'grpc'],
  [
    'the content type of gRPC alone',
    [settings, frame(1, 4, 1, block(':status', '200', 'content-type', 'application/grpc+proto'))],
    'grpc',
  ],
  ['a status without a content type', [settings, frame(1, 5, 1, block(':status', '200', 'grpc-status', '12'))], 'grpc'],
  [
    'an informational answer before the page',
    [settings, frame(1, 4, 1, block(':status', '103')), frame(1, 4, 1, page)],
    'http2',
  ],
  [
    'frames of the connection before it',
    [settings, frame(4, 1, 0), frame(8, 0, 0, Buffer.alloc(4, 1)), frame(1, 4, 1, page)],
    'http2',
  ],
  [
    'padding and a priority',
    [settings, frame(1, 4 | 8 | 32, 1, Buffer.concat([Buffer.from([2]), Buffer.alloc(5), page, Buffer.alloc(2)]))],
    'http2',
  ],
  ['a reset', [settings, frame(3, 0, 1, Buffer.alloc(4))], 'grpc'],
  ['a goodbye', [settings, frame(7, 0, 0, Buffer.alloc(8))], 'grpc'],
  ['nothing yet', [settings, frame(4, 1, 0)], undefined],
]

for (const [title, frames, expected] of answers)
  test(`${title} is read, whole and byte by byte`, t => {
    const answer = Buffer.concat(frames)
    t.is(grpcQuestion.read(answer), expected)
    t.deepEqual(slowly(answer), [expected, answer.length])
  })

for (const code of [401, 403, 407, 408, 429, 502, 503, 504])
  test(`${code}, by which a gateway answers for its server, says nothing against gRPC`, t => {
    const refusal = block(':status', String(code), 'content-type', 'text/html')
    t.is(grpcQuestion.read(Buffer.concat([settings, frame(1, 4, 1, refusal)])), 'grpc')
  })

test('a server of HTTP/2 that leaves the call without an answer is taken for one of gRPC', t => {
  t.is(grpcQuestion.readAtEnd?.(Buffer.concat([settings, frame(4, 1, 0)])), 'grpc')
  t.is(grpcQuestion.readAtEnd?.(settings.subarray(0, 8)), undefined)
  t.is(grpcQuestion.readAtEnd?.(Buffer.from('SSH-2.0-OpenSSH_9')), undefined)
})

test('what is no HTTP/2 is told from it', t => {
  for (const question of [grpcQuestion, http2Question]) {
    t.is(question.read(Buffer.from('HTTP/1.1 400 Bad Request\r\n')), 'http')
    t.is(question.read(Buffer.from('<!DOCTYPE html>')), 'http')
    t.is(question.read(Buffer.from('SSH-2.0-OpenSSH_9')), 'other')
    t.is(question.read(settings.subarray(0, 8)), undefined)
  }
  t.is(http2Question.read(settings), 'http2')
})

test('headers that cannot be read are no page', t => {
  t.is(
    grpcQuestion.read(Buffer.concat([settings, frame(1, 4, 1, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))])),
    'grpc',
  )
  t.is(grpcQuestion.read(Buffer.concat([settings, frame(1, 4 | 8, 1, Buffer.from([200]))])), 'grpc')
  t.is(grpcQuestion.read(Buffer.concat([settings, frame(1, 0, 1, page)])), 'grpc')
})
