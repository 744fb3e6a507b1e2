import test from 'ava'
import { answer, Questions } from '../../src/hosting/questions.js'
import type { Answer, Other, Question } from '../../src/hosting/worker-messages.js'
import { VirtualClock } from '../../src/testing/virtual-clock.js'

/** The other process: what it is sent ends up in a list. */
function otherProcess() {
  const sent: unknown[] = []
  const other = { connected: true, send: (message: unknown) => sent.push(message) } as unknown as Other
  return { other, sent }
}

test('a long answer arrives in parts', async t => {
  const asked = otherProcess()
  const asker = otherProcess()
  const questions = new Questions(new VirtualClock())
  const answered = questions.ask(asked.other, 'text', 1000)
  const numbers = Array.from({ length: 500 }, (_, at) => at)
  await answer(asker.other, asked.sent[0] as Question, numbers)
  t.is(asker.sent.length, 3)
  for (const part of asker.sent) questions.answered(part as Answer)
  t.deepEqual(await answered, numbers)
})

test('a question without an answer ends in time, and what comes later is dropped', async t => {
  const clock = new VirtualClock()
  const { other } = otherProcess()
  const questions = new Questions(clock)
  const answered = questions.ask(other, 'ready', 1000)
  await clock.advance(1000)
  t.is(await answered, undefined)
  questions.answered({ polywire: 'answer', id: 1, items: [true], isLast: true })
  t.is(await answered, undefined)
})

test('a question to a process that ends is not waited for, those to others are', async t => {
  const questions = new Questions(new VirtualClock())
  const { other: ending } = otherProcess()
  const { other } = otherProcess()
  const lost = questions.ask(ending, 'ready', 1000)
  const kept = questions.ask(other, 'ready', 1000)
  questions.abandon(ending)
  t.is(await lost, undefined)
  questions.answered({ polywire: 'answer', id: 2, items: [true], isLast: true })
  t.deepEqual(await kept, [true])
})
