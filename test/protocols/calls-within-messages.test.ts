import test from 'ava'
import { disconnect, Field, int32, Message, Method, Service, string, unimplemented } from '../../src/index.js'
import { transportWires, wireName } from '../matrix/wires.js'
import { rig } from './rig.js'

@Message('within.Note')
class Note {
  @Field(1, string) text = ''
  @Field(2, int32) number = 0
}

@Service('within.Notes')
class Notes {
  @Method({ accepts: Note, returns: Note }) async keep(_note: Note): Promise<Note> {
    return unimplemented()
  }
}

class Kept extends Notes {
  override async keep(note: Note): Promise<Note> {
    return note
  }
}

/** A note whose text is computed while the note is written. */
function lazy(number: number, text: () => string): Note {
  return {
    number,
    get text() {
      return text()
    },
  }
}

for (const wire of transportWires) {
  test(`a call that begins while the request of another is written is a call of its own: ${wireName(wire)}`, async t => {
    const { remote } = await rig(t, wire, { contract: Notes, service: new Kept() })
    await remote.keep({ text: 'the connection is open', number: 0 })
    const inner: Promise<Note>[] = []
    const outer = remote.keep(
      lazy(1, () => {
        inner.push(remote.keep({ text: 'inner'.repeat(inner.length + 1), number: 2 }))
        return 'outer'
      }),
    )
    const { text, number } = await outer
    t.deepEqual({ text, number }, { text: 'outer', number: 1 })
    t.true(inner.length > 0)
    for (const [at, one] of inner.entries()) t.is((await one).text, 'inner'.repeat(at + 1))
  })

  test(`a client that is closed while a request is written sends the whole request: ${wireName(wire)}`, async t => {
    const { remote, reported } = await rig(t, wire, { contract: Notes, service: new Kept() })
    await remote.keep({ text: 'the connection is open', number: 0 })
    let closed: Promise<void> | undefined
    const { text } = await remote.keep(
      lazy(1, () => {
        closed ??= disconnect(remote)
        return 'outer'
      }),
    )
    t.is(text, 'outer')
    await closed
    t.deepEqual(reported, [])
  })
}
